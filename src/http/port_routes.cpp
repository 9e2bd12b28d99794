#include "domain/assignment_rules.h"
#include "http/api.h"
#include "http/body_members.h"
#include "http/conditional_get.h"
#include "http/json_views.h"
#include "http/range_param.h"

namespace pm {
namespace {

constexpr std::int64_t max_suggestions = 1'000;
constexpr std::int64_t default_history = 100;
constexpr std::int64_t max_history = 1'000;

Json assignments(const Registry& registry) {
  auto body = success();
  auto& all = body["assignments"] = Json::object();
  for (const auto& [service_id, assignment] : registry.assignments().sorted()) {
    // Not all[service_id]: an ordered object looks for a member one by one.
    all.get_ref<Json::object_t&>().emplace_back(service_id, assignment.key.port.value());
  }
  body["total"] = registry.assignments().size();
  return body;
}

Expected<HttpResponse> assignment_of(const ApiContext& api, const std::string& service_id) {
  const auto registry = api.store.snapshot();
  if (!registry->service(service_id)) return tl::unexpected(detail::unknown_service(service_id));
  const auto* present = registry->assignment(service_id);
  if (!present) {
    return fail(ErrorCode::unknown_port,
                service_id + " has no port. POST /api/ports/assign gives it one.", "service_id");
  }
  auto body = success();
  body["service_id"] = service_id;
  body["port"] = present->key.port.value();
  body["contested"] = present->contested;
  return ok(std::move(body), registry->revision());
}

/// Those who have the service's port too: "" for none.
std::string contest_of(const Registry& registry, const Assignment& assignment) {
  std::string others;
  for (const auto& holder : registry.holders(assignment.key)) {
    if (holder == assignment.service_id) continue;
    others += (others.empty() ? "" : ", ") + holder;
  }
  if (others.empty()) return {};
  return " It is contested: " + others +
         (others.find(',') == std::string::npos ? " has" : " have") +
         " it too, which is an open conflict until one of them is moved.";
}

std::string message_of(const Registry& registry, const PortManager::Assigned& assigned) {
  const auto& assignment = assigned.assignment;
  const auto port = to_string(assignment.key.port);
  if (!assigned.changed) {
    return assignment.service_id + " already has port " + port + "; nothing changed.";
  }
  return "Port " + port + " is assigned to " + assignment.service_id + "." +
         contest_of(registry, assignment);
}

Expected<HttpResponse> assign(const ApiContext& api, const HttpRequest& request) {
  auto members = BodyMembers::read(request);
  if (!members) return tl::unexpected(members.error());
  PortManager::AssignCommand command;
  // The agent's form of the call names the service "service_name" and prefers a port.
  const bool is_agent = !members->has("service_id") && members->has("service_name");
  command.service_id = members->string(is_agent ? "service_name" : "service_id");
  command.port = members->optional_port(is_agent ? "preferred_port" : "port");
  command.preference = is_agent;
  command.force = members->flag("force", false);
  const auto host = members->optional_string("host");
  const auto protocol = members->optional_string("protocol");
  const auto range = members->optional_string("range");
  const auto reason = members->optional_string("reason").value_or("");
  if (members->error()) return tl::unexpected(*members->error());
  const auto registry = api.store.snapshot();
  const auto* service = registry->service(command.service_id);
  if (host) {
    const auto checked = host_from(*host);
    if (!checked) return tl::unexpected(checked.error());
    command.host = *checked;
  } else if (service && service->host) {
    command.host = normalize_host(*service->host);
  }
  if (protocol) {
    const auto named = protocol_from(*protocol);
    if (!named) return tl::unexpected(named.error());
    command.protocol = *named;
  }
  if (range) {
    const auto named = range_from(api.store.snapshot()->config(), *range);
    if (!named) return tl::unexpected(named.error());
    command.range = *named;
  }
  const auto assigned = api.ports.assign(context_of(api, request, reason), command);
  if (!assigned) return tl::unexpected(assigned.error());
  const auto& assignment = assigned->assignment;
  auto body = success();
  body["service_id"] = assignment.service_id;
  body["port"] = assignment.key.port.value();
  body["contested"] = assignment.contested;
  body["message"] = message_of(*api.store.snapshot(), *assigned);
  return ok(std::move(body), assigned->revision);
}

HttpResponse released(const PortManager::Released& result) {
  const auto& assignment = result.assignment;
  auto body = success();
  body["service_id"] = assignment.service_id;
  body["port"] = assignment.key.port.value();
  body["message"] =
      "Port " + to_string(assignment.key.port) + " of " + assignment.service_id + " is released.";
  return ok(std::move(body), result.revision);
}

Expected<HttpResponse> release(const ApiContext& api, const HttpRequest& request) {
  auto members = BodyMembers::read(request);
  if (!members) return tl::unexpected(members.error());
  const auto service_id = members->string("service_id");
  const auto reason = members->optional_string("reason").value_or("");
  if (members->error()) return tl::unexpected(*members->error());
  return api.ports.release(context_of(api, request, reason), service_id).map(released);
}

Expected<HttpResponse> release_port(const ApiContext& api, const HttpRequest& request,
                                    const std::string& text) {
  const auto port = port_param(text, "port");
  if (!port) return tl::unexpected(port.error());
  auto members = BodyMembers::read(request);
  if (!members) return tl::unexpected(members.error());
  const auto service_id = members->string("service_name");
  if (members->error()) return tl::unexpected(*members->error());
  const PortKey key{std::string(local_host), Protocol::tcp, *port};
  return api.ports.release_port(context_of(api, request), service_id, key).map(released);
}

Expected<HttpResponse> suggest(const ApiContext& api, const HttpRequest& request) {
  auto range = api.store.snapshot()->config().range;
  if (const auto given = request.query.find("range"); given != request.query.end()) {
    const auto named = range_from(api.store.snapshot()->config(), given->second);
    if (!named) return tl::unexpected(named.error());
    range = *named;
  }
  const auto start =
      query_integer(request, "start_port", range.lo.value(), Port::lowest, Port::highest);
  if (!start) return tl::unexpected(start.error());
  const auto count = query_integer(request, "count", 1, 1, max_suggestions);
  if (!count) return tl::unexpected(count.error());
  const auto ports =
      api.ports.suggest(range, Port::clamped(*start), static_cast<std::size_t>(*count));
  if (!ports) return tl::unexpected(ports.error());
  auto body = success();
  body["port"] = ports->front().value();
  auto& list = body["ports"] = Json::array();
  for (const auto port : *ports) list.push_back(port.value());
  return ok(body);
}

Expected<HttpResponse> history(const ApiContext& api, const HttpRequest& request,
                               const std::string& service_id) {
  const auto registry = api.store.snapshot();
  const auto limit = query_integer(request, "limit", default_history, 1, max_history);
  if (!limit) return tl::unexpected(limit.error());
  const auto cursor = query_integer(request, "cursor", 0, 0, INT64_MAX);
  if (!cursor) return tl::unexpected(cursor.error());
  const auto before = *cursor > 0 ? std::optional(*cursor) : std::nullopt;
  const auto page = api.store.history(service_id, static_cast<int>(*limit), before);
  if (!page) return tl::unexpected(page.error());
  if (page->rows.empty() && !before && !registry->service(service_id)) {
    return tl::unexpected(detail::unknown_service(service_id));
  }
  auto body = success();
  body["service_id"] = service_id;
  auto ports = registry->held_ports(service_id);
  const auto* present = registry->assignment(service_id);
  if (present && (ports.empty() || ports.back() != present->key.port)) {
    ports.push_back(present->key.port);
  }
  auto& held = body["history"] = Json::array();
  for (const auto port : ports) held.push_back(port.value());
  auto& events = body["events"] = Json::array();
  for (const auto& event : page->rows) events.push_back(to_json(event));
  body["next_cursor"] = page->next_cursor ? Json(*page->next_cursor) : Json(nullptr);
  return ok(std::move(body), registry->revision());
}

Json event_of_any(const HistoryEvent& event) {
  auto json = to_json(event);
  json["service_id"] = event.service_id;
  json["host"] = event.host;
  json["protocol"] = to_string(event.protocol);
  return json;
}

Expected<HttpResponse> history_of_all(const ApiContext& api, const HttpRequest& request) {
  HistoryFilter filter;
  const auto since = query_time(request, "since");
  if (!since) return tl::unexpected(since.error());
  filter.since = *since;
  if (const auto given = request.query.find("port"); given != request.query.end()) {
    const auto port = port_param(given->second, "port");
    if (!port) return tl::unexpected(port.error());
    filter.port = *port;
  }
  const auto limit = query_integer(request, "limit", default_history, 1, max_history);
  if (!limit) return tl::unexpected(limit.error());
  const auto cursor = query_integer(request, "cursor", 0, 0, INT64_MAX);
  if (!cursor) return tl::unexpected(cursor.error());
  // Of before the page is read: who asks again from there on misses nothing.
  const auto revision = api.store.snapshot()->revision();
  const auto page = api.store.history_of_all(filter, static_cast<int>(*limit),
                                             *cursor > 0 ? std::optional(*cursor) : std::nullopt);
  if (!page) return tl::unexpected(page.error());
  auto body = success();
  auto& events = body["events"] = Json::array();
  for (const auto& event : page->rows) events.push_back(event_of_any(event));
  body["next_cursor"] = page->next_cursor ? Json(*page->next_cursor) : Json(nullptr);
  return ok(std::move(body), revision);
}

Expected<HttpResponse> statistics(const ApiContext& api) {
  const auto registry = api.store.snapshot();
  auto body = success();
  body["statistics"] = statistics_to_json(*registry);
  return ok(std::move(body), registry->revision());
}

}  // namespace

void add_port_routes(Router& router, const ApiContext& api) {
  using Request = const HttpRequest&;
  using Params = const PathParams&;
  router.add({"GET", "/api/ports/assignments", Lane::reactor,
              watchable(api.store, cached_by_revision(api.store, assignments))});
  router.add({"GET", "/api/ports/assignments/{service_id}", Lane::reactor,
              watchable(api.store,
                        [api](Request, Params params) { return assignment_of(api, params[0]); })});
  router.add({"POST", "/api/ports/assign", Lane::quick,
              [api](Request request, Params) { return assign(api, request); }});
  router.add({"POST", "/api/ports/release", Lane::quick,
              [api](Request request, Params) { return release(api, request); }});
  router.add({"DELETE", "/api/ports/{port}", Lane::quick, [api](Request request, Params params) {
                return release_port(api, request, params[0]);
              }});
  router.add({"GET", "/api/ports/available", Lane::read,
              [api](Request request, Params) { return suggest(api, request); }});
  router.add({"GET", "/api/ports/history", Lane::read,
              [api](Request request, Params) { return history_of_all(api, request); }});
  router.add({"GET", "/api/ports/history/{service_id}", Lane::read,
              [api](Request request, Params params) { return history(api, request, params[0]); }});
  router.add({"GET", "/api/ports/statistics", Lane::reactor,
              [api](Request, Params) { return statistics(api); }});
}

}  // namespace pm
