#include <algorithm>

#include "http/api.h"
#include "http/body_members.h"
#include "http/json_views.h"

namespace pm {
namespace {

constexpr std::int64_t longest_reservation_s = 10LL * 366 * 24 * 3600;

Expected<PortManager::ReserveCommand> reserve_command(BodyMembers& members) {
  PortManager::ReserveCommand command;
  const auto port = members.optional_port("port");
  const auto start = members.optional_port("start_port");
  const auto end = members.optional_port("end_port");
  command.reason = members.optional_string("reason").value_or("");
  const auto seconds = members.optional_integer("expires_in");
  if (members.error()) return tl::unexpected(*members.error());
  if (port.has_value() == (start.has_value() || end.has_value()) ||
      start.has_value() != end.has_value()) {
    return fail(ErrorCode::invalid_shape,
                "Name either \"port\", or \"start_port\" and \"end_port\" together.", "port");
  }
  command.lo = port ? *port : *start;
  command.hi = port ? *port : *end;
  if (command.hi < command.lo) {
    return fail(
        ErrorCode::out_of_bounds,
        "end_port " + to_string(command.hi) + " is below start_port " + to_string(command.lo) + ".",
        "end_port");
  }
  if (seconds) {
    if (*seconds < 1 || *seconds > longest_reservation_s) {
      return fail(
          ErrorCode::out_of_bounds,
          "expires_in is " + std::to_string(*seconds) + "; it must be from 1 second to ten years.",
          "expires_in");
    }
    command.expires_in = std::chrono::seconds(*seconds);
  }
  return command;
}

Expected<HttpResponse> reserve(const ApiContext& api, const HttpRequest& request) {
  auto members = BodyMembers::read(request);
  if (!members) return tl::unexpected(members.error());
  const auto command = reserve_command(*members);
  if (!command) return tl::unexpected(command.error());
  const auto committed = api.ports.reserve(context_of(api, request, command->reason), *command);
  if (!committed) return tl::unexpected(committed.error());
  auto body = success();
  body["port"] = command->lo.value();
  if (command->lo != command->hi) body["end_port"] = command->hi.value();
  body["message"] = command->lo == command->hi ? "Port " + to_string(command->lo) + " is reserved."
                                               : "Ports " + to_string(command->lo) + " to " +
                                                     to_string(command->hi) + " are reserved.";
  return ok(std::move(body), committed->revision);
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

Json reserved(const Registry& registry) {
  std::vector<Reservation> all;
  registry.reservations().for_each(
      [&](const PortKey&, const Reservation& reservation) { all.push_back(reservation); });
  std::sort(all.begin(), all.end(),
            [](const Reservation& left, const Reservation& right) { return left.key < right.key; });
  auto body = success();
  auto& list = body["reserved"] = Json::array();
  for (const auto& reservation : all) list.push_back(to_json(reservation));
  body["count"] = all.size();
  return body;
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
  router.add(
      {"GET", "/api/ports/reserved", Lane::reactor, cached_by_revision(api.store, reserved)});
}

}  // namespace pm
