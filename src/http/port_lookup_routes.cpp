#include <algorithm>

#include "http/api.h"
#include "http/body_members.h"
#include "http/json_views.h"

namespace pm {
namespace {

/// The port of the path on this machine, by the protocol of the query.
Expected<PortKey> key_of(const HttpRequest& request, const std::string& text) {
  const auto port = port_param(text, "port");
  if (!port) return tl::unexpected(port.error());
  PortKey key{std::string(local_host), Protocol::tcp, *port};
  if (const auto given = request.query.find("protocol"); given != request.query.end()) {
    const auto protocol = protocol_from(given->second);
    if (!protocol) return tl::unexpected(protocol.error());
    key.protocol = *protocol;
  }
  return key;
}

std::string seconds(std::chrono::milliseconds time) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()) + " s";
}

/// Why the automatic choice passes over a port that whoever names it gets; "" when it does not.
std::string note_on(const ApiContext& api, const PortKey& key) {
  std::string why;
  const auto rest = api.ports.rest_of(key);
  if (rest.count() > 0) {
    why = "A service gave it up a moment ago, so it rests for another " + seconds(rest) + ". ";
  }
  const auto ephemeral = api.ports.ephemeral();
  if (ephemeral.contains(key.port)) {
    why += "It lies in ip_local_port_range " + ephemeral.range()->text() +
           ", so the kernel may take it for an outgoing connection at any time. ";
  }
  if (why.empty()) return why;
  return why + "An automatic choice passes over it; whoever names it gets it.";
}

Expected<HttpResponse> availability(const ApiContext& api, const HttpRequest& request,
                                    const std::string& text) {
  const auto key = key_of(request, text);
  if (!key) return tl::unexpected(key.error());
  const auto found = api.ports.availability(*key);
  auto body = success();
  body["port"] = key->port.value();
  body["protocol"] = to_string(key->protocol);
  body["available"] = found.available;
  if (!found.available) {
    body["reason"] = found.reason;
  } else if (const auto note = note_on(api, *key); !note.empty()) {
    body["note"] = note;
  }
  return ok(body);
}

/// The service that the socket is one of, as far as it is known; or null.
Json service_of(const KernelSight& sight, const Listener& listener) {
  for (const auto* services : {&sight.of_service, &sight.unregistered}) {
    for (const auto& [service_id, rows] : *services) {
      const bool is_its = std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
        return row->inode != 0 && row->inode == listener.inode;
      });
      if (is_its) return service_id;
    }
  }
  return nullptr;
}

void add_records(const ApiContext& api, const Registry& registry, const PortKey& key, Json& body) {
  const auto holders = registry.holders(key);
  body["assigned_to"] = holders.empty() ? Json(nullptr) : Json(holders.front());
  body["holders"] = holders;
  const auto* reservation = registry.reservation(key);
  const bool held = reservation && reservation->hold && api.ports.holds(key);
  body["reserved"] = reservation != nullptr;
  if (reservation) body["reservation"] = to_json(*reservation, held);
  body["held"] = held;
  body["released_at"] = time_or_null(registry.released_at(key));
  auto& conflicts = body["conflicts"] = Json::array();
  for (const auto& [id, conflict] : registry.open_conflicts().sorted()) {
    if (conflict.key == key) conflicts.push_back(to_json(registry, conflict));
  }
}

void add_kernel(const ApiContext& api, const PortKey& key, Json& body) {
  const auto use = api.ports.use(key);
  const auto sight = api.watch.sight();
  auto listeners = Json::array();
  for (const auto& listener : use.listeners) {
    auto& json = listeners.emplace_back(to_json(listener));
    json["service"] = service_of(*sight, listener);
  }
  body["listener"] = listeners.empty() ? Json(nullptr) : listeners.front();
  body["listeners"] = std::move(listeners);
  auto& connections = body["connections"] = Json::array();
  for (const auto& connection : use.connections) connections.push_back(to_json(connection));
  body["connection_count"] = use.connection_count;
  body["ephemeral"] = api.ports.ephemeral().contains(key.port);
  if (const auto advice = api.ports.sight().advice; !advice.empty()) body["visibility"] = advice;
}

Expected<HttpResponse> describe_port(const ApiContext& api, const HttpRequest& request,
                                     const std::string& text) {
  const auto key = key_of(request, text);
  if (!key) return tl::unexpected(key.error());
  const auto registry = api.store.snapshot();
  auto body = success();
  body["port"] = key->port.value();
  body["protocol"] = to_string(key->protocol);
  add_records(api, *registry, *key, body);
  add_kernel(api, *key, body);
  return ok(std::move(body), registry->revision());
}

}  // namespace

void add_port_lookup_routes(Router& router, const ApiContext& api) {
  using Request = const HttpRequest&;
  using Params = const PathParams&;
  router.add(
      {"GET", "/api/ports/{port}/available", Lane::read,
       [api](Request request, Params params) { return availability(api, request, params[0]); }});
  router.add({"GET", "/api/ports/{port}", Lane::read, [api](Request request, Params params) {
                return describe_port(api, request, params[0]);
              }});
}

}  // namespace pm
