#include "http/api.h"

#include <algorithm>
#include <mutex>

#include "http/json_views.h"

namespace pm {
namespace {

constexpr std::size_t max_actor = 128;

/// One answer for one revision. Thread-safe.
class RenderedAnswer {
 public:
  HttpResponse get(const Snapshot& snapshot, const std::function<Json(const Registry&)>& render) {
    const std::lock_guard lock(mutex_);
    if (!response_.body || revision_ != snapshot->revision()) {
      auto body = render(*snapshot);
      body["revision"] = snapshot->revision();
      response_ = ok(body);
      revision_ = snapshot->revision();
      const auto text = std::to_string(revision_);
      response_.headers.emplace_back("X-Revision", text);
      response_.headers.emplace_back("ETag", "\"" + text + "\"");
      response_.headers.emplace_back("Cache-Control", "no-cache");
    }
    return response_;
  }

 private:
  std::mutex mutex_;
  std::int64_t revision_{-1};
  HttpResponse response_;
};

bool names_etag(const std::string& if_none_match, std::int64_t revision) {
  return if_none_match == "*" ||
         if_none_match.find("\"" + std::to_string(revision) + "\"") != std::string::npos;
}

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

RouteHandler cached_by_revision(Store& store, std::function<Json(const Registry&)> render) {
  return [&store, render = std::move(render), answer = std::make_shared<RenderedAnswer>()](
             const HttpRequest& request, const PathParams&) -> Expected<HttpResponse> {
    auto response = answer->get(store.snapshot(), render);
    const auto condition = request.header("if-none-match");
    if (!condition.empty() && names_etag(condition, std::stoll(response.headers.front().second))) {
      response.status = 304;
      response.body = nullptr;
    }
    return response;
  };
}

Expected<HttpResponse> move_answer(const MoveResult& result) {
  if (result.error) return tl::unexpected(*result.error);
  auto body = success();
  body.update(to_json(result));
  body["success"] = true;
  return ok(std::move(body), result.revision);
}

}  // namespace pm
