#include "http/api.h"
#include "http/json_views.h"

namespace pm {
namespace {

/// Off, both of them.
std::vector<UpstreamState> nobody() {
  std::vector<UpstreamState> states(2);
  states[0].target = "hub";
  states[1].target = "ninja";
  return states;
}

const char* state_of(const UpstreamState& upstream) {
  if (upstream.url.empty()) return "off";
  if (upstream.circuit != Circuit::closed) return "away";
  return upstream.registered ? "registered" : "registering";
}

const char* to_string(Circuit circuit) {
  switch (circuit) {
    case Circuit::closed:
      return "closed";
    case Circuit::open:
      return "open";
    case Circuit::half_open:
      break;
  }
  return "half_open";
}

Json to_json(const OutboxBacklog& events) {
  Json json;
  json["waiting"] = events.waiting;
  json["oldest_at"] = time_or_null(events.oldest_at);
  json["delivered"] = events.delivered;
  json["given_up"] = events.given_up;
  json["superseded"] = events.superseded;
  return json;
}

Json to_json(const UpstreamState& upstream) {
  Json json;
  json["target"] = upstream.target;
  json["url"] = text_or_null(upstream.url);
  json["enabled"] = !upstream.url.empty();
  json["state"] = state_of(upstream);
  json["registered_at"] = time_or_null(upstream.registered_at);
  json["circuit"] = to_string(upstream.circuit);
  json["retry_at"] = time_or_null(upstream.retry_at);
  json["last_success_at"] = time_or_null(upstream.last_success_at);
  json["last_failure_at"] = time_or_null(upstream.last_failure_at);
  json["last_error"] = text_or_null(upstream.last_error);
  json["calls"] = upstream.calls;
  json["failures"] = upstream.failures;
  json["backlog"] = to_json(upstream.events);
  return json;
}

Expected<HttpResponse> upstreams(const ApiContext& api) {
  const auto states = api.upstreams ? api.upstreams->states() : nobody();
  if (!states) return tl::unexpected(states.error());
  auto body = success();
  auto& list = body["upstreams"] = Json::array();
  for (const auto& upstream : *states) list.push_back(to_json(upstream));
  return ok(body);
}

}  // namespace

void add_upstream_routes(Router& router, const ApiContext& api) {
  // Not the reactor: the backlog is read from the database.
  router.add({"GET", "/api/upstream", Lane::read,
              [api](const HttpRequest&, const PathParams&) { return upstreams(api); }});
}

}  // namespace pm
