#include "http/api.h"

#include <algorithm>

#include "http/json_views.h"

namespace pm {
namespace {

constexpr std::size_t max_actor = 128;

}  // namespace

Router make_router(const ApiContext& api) {
  Router router;
  add_port_routes(router, api);
  add_port_lookup_routes(router, api);
  add_move_routes(router, api);
  add_reservation_routes(router, api);
  add_config_routes(router, api);
  add_service_routes(router, api);
  add_system_routes(router, api);
  if (api.site) add_site_routes(router, *api.site);
  add_upstream_routes(router, api);
  add_openapi_route(router);
  return router;
}

ChangeContext context_of(const ApiContext& api, const HttpRequest& request,
                         const std::string& reason) {
  auto actor = request.header("x-actor").substr(0, max_actor);
  const bool is_text =
      std::all_of(actor.begin(), actor.end(), [](char c) { return c >= ' ' && c < 127; });
  if (actor.empty() || !is_text) actor = "anonymous@" + request.remote;
  return {actor, reason, request.request_id, api.clock.now()};
}

Json success() {
  Json body;
  body["success"] = true;
  return body;
}

HttpResponse ok(const Json& body) {
  return HttpResponse::of(body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

HttpResponse ok(Json body, std::int64_t revision) {
  body["revision"] = revision;
  auto response = ok(body);
  response.headers.emplace_back("X-Revision", std::to_string(revision));
  return response;
}

Expected<HttpResponse> move_answer(const MoveResult& result) {
  if (result.error) return tl::unexpected(*result.error);
  auto body = success();
  body.update(to_json(result));
  body["success"] = true;
  return ok(std::move(body), result.revision);
}

}  // namespace pm
