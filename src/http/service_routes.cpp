#include <algorithm>

#include "domain/assignment_rules.h"
#include "http/api.h"
#include "http/body_members.h"
#include "http/conditional_get.h"
#include "http/json_views.h"

namespace pm {
namespace {

Json service_view(const Registry& registry, const Service& service) {
  return to_json(service, registry.assignment(service.service_id),
                 registry.health(service.service_id));
}

Json services(const Registry& registry) {
  auto body = success();
  auto& all = body["services"] = Json::array();
  for (const auto& [service_id, service] : registry.services().sorted()) {
    all.push_back(service_view(registry, service));
  }
  body["count"] = registry.services().size();
  return body;
}

Expected<HttpResponse> discovered(const ApiContext& api) {
  const auto found = api.discovery.discover();
  const auto registry = api.store.snapshot();
  auto body = success();
  auto& all = body["services"] = Json::array();
  for (const auto& service : found.services) all.push_back(to_json(*registry, service));
  body["count"] = all.size();
  body["warnings"] = found.warnings;
  return ok(std::move(body), found.revision);
}

/// Where the service is seen to listen now.
Json listening(const KernelSight& sight, const std::string& service_id) {
  auto all = Json::array();
  const auto found = sight.of_service.find(service_id);
  if (found == sight.of_service.end()) return all;
  for (const auto& row : found->second) all.push_back(to_json(*row));
  return all;
}

Expected<HttpResponse> service(const ApiContext& api, const std::string& service_id) {
  const auto registry = api.store.snapshot();
  const auto* found = registry->service(service_id);
  if (!found) return tl::unexpected(detail::unknown_service(service_id));
  const auto* identity = registry->identity(service_id);
  auto body = success();
  auto& view = body["service"] = service_view(*registry, *found);
  view["listening"] = listening(*api.watch.sight(), service_id);
  view["identity"] = identity ? to_json(*identity) : Json(nullptr);
  return ok(std::move(body), registry->revision());
}

Expected<HttpResponse> port_of(const ApiContext& api, const std::string& service_id) {
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
  return ok(std::move(body), registry->revision());
}

bool is_path(const std::string& text) {
  return !text.empty() && text.front() == '/' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

Expected<PortManager::AssignCommand> registration_of(const ApiContext& api,
                                                     const HttpRequest& request) {
  auto members = BodyMembers::read(request);
  if (!members) return tl::unexpected(members.error());
  PortManager::AssignCommand command;
  PortManager::Registration said;
  const bool by_name = !members->has("service_id") && members->has("name");
  command.service_id = members->string(by_name ? "name" : "service_id");
  said.name = members->optional_string("name");
  said.host = members->optional_string("host");
  said.health_endpoint = members->optional_string("health_endpoint");
  said.process = members->optional_string("process");
  said.category = members->optional_string("category");
  const auto port = members->optional_port("port");
  const auto current_port = members->optional_port("current_port");
  if (members->error()) return tl::unexpected(*members->error());
  if (said.health_endpoint && !is_path(*said.health_endpoint)) {
    return fail(ErrorCode::out_of_bounds,
                "health_endpoint must be a path that starts with a slash and has no spaces, for "
                "example /health.",
                "health_endpoint");
  }
  if (said.host) {
    auto checked = host_from(*said.host);
    if (!checked) return tl::unexpected(checked.error());
    said.host = std::move(*checked);
  }
  const auto registry = api.store.snapshot();
  const auto* known = registry->service(command.service_id);
  const auto host = said.host ? said.host : known ? known->host : std::nullopt;
  command.host = normalize_host(host.value_or(""));
  command.port = current_port ? current_port : port;
  command.running = current_port.has_value();
  command.registration = std::move(said);
  return command;
}

Expected<HttpResponse> register_service(const ApiContext& api, const HttpRequest& request) {
  const auto command = registration_of(api, request);
  if (!command) return tl::unexpected(command.error());
  const auto assigned = api.ports.assign(context_of(api, request, "Registration."), *command);
  if (!assigned) return tl::unexpected(assigned.error());
  auto body = success();
  body["service_id"] = command->service_id;
  body["port"] = assigned->assignment.key.port.value();
  body["message"] = command->service_id + " is registered with port " +
                    to_string(assigned->assignment.key.port) + ".";
  return ok(std::move(body), assigned->revision);
}

Expected<HttpResponse> remove_service(const ApiContext& api, const HttpRequest& request,
                                      const std::string& service_id) {
  const auto committed = api.ports.remove_service(context_of(api, request), service_id);
  if (!committed) return tl::unexpected(committed.error());
  auto body = success();
  body["service_id"] = service_id;
  body["message"] = service_id + " is not registered any more; its history is kept.";
  return ok(std::move(body), committed->revision);
}

Expected<HttpResponse> statuses(const ApiContext& api) {
  std::size_t healthy = 0;
  std::size_t unhealthy = 0;
  auto body = success();
  auto& all = body["statuses"] = Json::array();
  for (const auto& status : api.health.statuses()) {
    healthy += status.health.status == HealthStatus::healthy ? 1 : 0;
    unhealthy += status.health.status == HealthStatus::unhealthy ? 1 : 0;
    all.push_back(to_json(status));
  }
  body["total"] = all.size();
  body["healthy"] = healthy;
  body["unhealthy"] = unhealthy;
  return ok(body);
}

Expected<HttpResponse> status(const ApiContext& api, const std::string& service_id) {
  const auto found = api.health.status(service_id);
  if (!found) return tl::unexpected(found.error());
  auto body = success();
  body["status"] = to_json(*found);
  return ok(body);
}

Expected<HttpResponse> check(const ApiContext& api, const HttpRequest& request,
                             const std::string& service_id) {
  const auto found = api.health.check(context_of(api, request, "Health check."), service_id);
  if (!found) return tl::unexpected(found.error());
  auto body = success();
  body["service_id"] = service_id;
  body["port"] = port_or_null(found->port);
  body["healthy"] = found->health.status == HealthStatus::healthy;
  body["detail"] = found->health.detail;
  return ok(body);
}

Expected<HttpResponse> restart(const ApiContext& api, const HttpRequest& request) {
  auto members = BodyMembers::read(request);
  if (!members) return tl::unexpected(members.error());
  const auto service_id = members->string("service_id");
  if (members->error()) return tl::unexpected(*members->error());
  const auto message = api.health.restart(service_id);
  if (!message) return tl::unexpected(message.error());
  auto body = success();
  body["service_id"] = service_id;
  body["message"] = *message;
  return ok(body);
}

}  // namespace

void add_service_routes(Router& router, const ApiContext& api) {
  using Request = const HttpRequest&;
  using Params = const PathParams&;
  router.add({"GET", "/api/services", Lane::reactor,
              watchable(api.store, cached_by_revision(api.store, services))});
  router.add({"GET", "/api/services/discover", Lane::health,
              [api](Request, Params) { return discovered(api); }});
  router.add({"POST", "/api/services/register", Lane::slow,
              [api](Request request, Params) { return register_service(api, request); }});
  router.add({"GET", "/api/services/status", Lane::reactor,
              [api](Request, Params) { return statuses(api); }});
  router.add({"GET", "/api/services/status/{service_id}", Lane::reactor,
              [api](Request, Params params) { return status(api, params[0]); }});
  router.add({"GET", "/api/services/health/{service_id}", Lane::health,
              [api](Request request, Params params) { return check(api, request, params[0]); }});
  router.add({"POST", "/api/services/restart", Lane::slow,
              [api](Request request, Params) { return restart(api, request); }});
  router.add(
      {"GET", "/api/services/{service_id}", Lane::reactor,
       watchable(api.store, [api](Request, Params params) { return service(api, params[0]); })});
  router.add(
      {"DELETE", "/api/services/{service_id}", Lane::quick,
       [api](Request request, Params params) { return remove_service(api, request, params[0]); }});
  router.add({"GET", "/api/services/{service_id}/port", Lane::reactor,
              [api](Request, Params params) { return port_of(api, params[0]); }});
}

}  // namespace pm
