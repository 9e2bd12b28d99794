#include <algorithm>

#include "domain/service_id.h"
#include "http/api.h"
#include "http/body_members.h"
#include "http/conditional_get.h"
#include "http/json_views.h"
#include "http/range_param.h"

namespace pm {
namespace {

constexpr std::int64_t longest_reservation_s = 10LL * 366 * 24 * 3600;

/// What the request names: a port, a span, a range to choose from.
struct Wanted {
  std::optional<Port> port;
  std::optional<Port> start;
  std::optional<Port> end;
  std::optional<std::string> range;
  bool hold{false};
};

Expected<void> put_ports(const SuiteConfig& suite, const Wanted& wanted,
                         PortManager::ReserveCommand& command) {
  const bool has_span = wanted.start || wanted.end;
  if (wanted.hold && !wanted.port && !has_span) {
    auto range = wanted.range ? range_from(suite, *wanted.range) : suite.range;
    if (!range) return tl::unexpected(range.error());
    command.any_of = std::move(*range);
    return {};
  }
  if (wanted.range) {
    return fail(ErrorCode::invalid_shape,
                "\"range\" chooses a port to hold: it goes with \"hold\": true, and with no port "
                "named.",
                "range");
  }
  if (wanted.port.has_value() == has_span || wanted.start.has_value() != wanted.end.has_value()) {
    return fail(ErrorCode::invalid_shape,
                "Name either \"port\", or \"start_port\" and \"end_port\" together; or send "
                "\"hold\": true alone to have a free port chosen and held.",
                "port");
  }
  command.lo = wanted.port ? *wanted.port : *wanted.start;
  command.hi = wanted.port ? *wanted.port : *wanted.end;
  if (command.lo <= command.hi) return {};
  return fail(
      ErrorCode::out_of_bounds,
      "end_port " + to_string(command.hi) + " is below start_port " + to_string(command.lo) + ".",
      "end_port");
}

Expected<void> put_holder(const std::optional<std::string>& service_id,
                          PortManager::ReserveCommand& command) {
  if (!service_id) return {};
  if (!command.hold) {
    return fail(ErrorCode::invalid_shape,
                "\"service_id\" names who alone may take the port, which goes with \"hold\": true; "
                "POST /api/ports/assign gives a service a port at once.",
                "service_id");
  }
  command.service_id = *service_id;
  return check_service_id(*service_id);
}

Expected<void> put_expiry(std::optional<std::int64_t> seconds,
                          PortManager::ReserveCommand& command) {
  if (!seconds) return {};
  if (*seconds < 1 || *seconds > longest_reservation_s) {
    return fail(
        ErrorCode::out_of_bounds,
        "expires_in is " + std::to_string(*seconds) + "; it must be from 1 second to ten years.",
        "expires_in");
  }
  command.expires_in = std::chrono::seconds(*seconds);
  return {};
}

Expected<PortManager::ReserveCommand> reserve_command(const SuiteConfig& suite,
                                                      BodyMembers& members) {
  PortManager::ReserveCommand command;
  Wanted wanted;
  wanted.port = members.optional_port("port");
  wanted.start = members.optional_port("start_port");
  wanted.end = members.optional_port("end_port");
  wanted.range = members.optional_string("range");
  wanted.hold = command.hold = members.flag("hold", false);
  command.reason = members.optional_string("reason").value_or("");
  const auto seconds = members.optional_integer("expires_in");
  const auto service_id = members.optional_string("service_id");
  if (members.error()) return tl::unexpected(*members.error());
  const auto put = put_ports(suite, wanted, command)
                       .and_then([&] { return put_holder(service_id, command); })
                       .and_then([&] { return put_expiry(seconds, command); });
  if (!put) return tl::unexpected(put.error());
  return command;
}

std::string reserved_message(const PortManager::ReserveCommand& command, Port lo, Port hi) {
  const bool is_one = lo == hi;
  const std::string what =
      is_one ? "Port " + to_string(lo) + " is reserved"
             : "Ports " + to_string(lo) + " to " + to_string(hi) + " are reserved";
  if (!command.hold) return what + ".";
  const std::string whose = command.service_id.empty() ? "a service" : command.service_id;
  return what + " and kept bound until " + whose + " is given " + (is_one ? "it" : "one of them") +
         ": POST /api/ports/assign or /api/ports/reassign with the port's number.";
}

Expected<HttpResponse> reserve(const ApiContext& api, const HttpRequest& request) {
  auto members = BodyMembers::read(request);
  if (!members) return tl::unexpected(members.error());
  const auto registry = api.store.snapshot();
  const auto command = reserve_command(registry->config(), *members);
  if (!command) return tl::unexpected(command.error());
  const auto reserved = api.ports.reserve(context_of(api, request, command->reason), *command);
  if (!reserved) return tl::unexpected(reserved.error());
  auto body = success();
  body["port"] = reserved->lo.value();
  if (reserved->lo != reserved->hi) body["end_port"] = reserved->hi.value();
  body["held"] = command->hold;
  if (!command->service_id.empty()) body["service_id"] = command->service_id;
  body["message"] = reserved_message(*command, reserved->lo, reserved->hi);
  return ok(std::move(body), reserved->revision);
}

Expected<HttpResponse> unreserve(const ApiContext& api, const HttpRequest& request,
                                 const std::string& text) {
  const auto port = port_param(text, "port");
  if (!port) return tl::unexpected(port.error());
  const PortKey key{std::string(local_host), Protocol::tcp, *port};
  const auto committed = api.ports.unreserve(context_of(api, request), key);
  if (!committed) return tl::unexpected(committed.error());
  auto body = success();
  body["port"] = port->value();
  body["message"] = "Port " + to_string(*port) + " is not reserved any more.";
  return ok(std::move(body), committed->revision);
}

Json reserved(const ApiContext& api, const Registry& registry) {
  std::vector<Reservation> all;
  registry.reservations().for_each(
      [&](const PortKey&, const Reservation& reservation) { all.push_back(reservation); });
  std::sort(all.begin(), all.end(),
            [](const Reservation& left, const Reservation& right) { return left.key < right.key; });
  auto body = success();
  auto& list = body["reserved"] = Json::array();
  for (const auto& each : all) {
    list.push_back(to_json(each, each.hold && api.ports.holds(each.key)));
  }
  body["count"] = all.size();
  return body;
}

/// Which ports are bound is not the registry's to say: an answer that tells it is good for this
/// moment, and has no ETag.
RouteHandler reserved_handler(const ApiContext& api) {
  auto cached = cached_by_revision(
      api.store, [api](const Registry& registry) { return reserved(api, registry); });
  return [api, cached = std::move(cached)](const HttpRequest& request,
                                           const PathParams& params) -> Expected<HttpResponse> {
    const auto registry = api.store.snapshot();
    if (registry->held_reservations() == 0) return cached(request, params);
    return ok(reserved(api, *registry), registry->revision());
  };
}

}  // namespace

void add_reservation_routes(Router& router, const ApiContext& api) {
  using Request = const HttpRequest&;
  using Params = const PathParams&;
  router.add({"POST", "/api/ports/reserve", Lane::quick,
              [api](Request request, Params) { return reserve(api, request); }});
  router.add(
      {"DELETE", "/api/ports/reserve/{port}", Lane::quick,
       [api](Request request, Params params) { return unreserve(api, request, params[0]); }});
  // Not the reactor: which ports are bound is told once a bind under way is done.
  router.add({"GET", "/api/ports/reserved", Lane::read, reserved_handler(api)});
}

}  // namespace pm
