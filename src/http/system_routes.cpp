#include "http/api.h"
#include "http/json_views.h"
#include "http/static_site.h"

namespace pm {
namespace {

/// A page for a browser, a description for a program.
Expected<HttpResponse> root(const ApiContext& api, const HttpRequest& request) {
  if (api.site && prefers_html(request.header("accept"))) return api.site->page(request);
  auto body = success();
  body["message"] = "iTechSmart Port Manager";
  body["version"] = api.version;
  body["features"] = {"port_management",    "automatic_reassignment", "bulk_update",
                      "conflict_detection", "backup_restore",         "audit_by_sql"};
  auto response = ok(body);
  response.headers.emplace_back("Vary", "Accept");
  return response;
}

Expected<HttpResponse> health(const ApiContext& api) {
  const auto& config = api.store.snapshot()->config();
  auto body = success();
  body["status"] = "healthy";
  body["service"] = config.self_id;
  body["service_id"] = config.self_id;
  body["suite"] = "iTechSmart Suite";
  body["port_manager"] = "active";
  body["suite_communicator"] = "active";
  return ok(body);
}

Json summary(const ApiContext& api, const Json& kernel) {
  auto body = success();
  body["status"] = "healthy";
  body["service"] = api.store.snapshot()->config().self_id;
  body["version"] = api.version;
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::steady_clock::now() - api.started);
  body["uptime"] = uptime.count();
  auto& components = body["components"];
  components["port_manager"] = "active";
  components["suite_communicator"] = "active";
  components["store"] = "active";
  components["kernel"] = kernel;
  return body;
}

Expected<HttpResponse> brief(const ApiContext& api) {
  const bool sees_all = api.ports.sight().advice.empty();
  return ok(summary(api, sees_all ? "active" : "degraded"));
}

Json to_json(const ServingFacts& serving) {
  Json json;
  json["host"] = serving.host;
  json["token_required"] = serving.needs_token;
  json["open_files_limit"] = serving.open_files_limit;
  json["database_bytes"] = serving.database_bytes;
  json["wal_bytes"] = serving.wal_bytes;
  json["free_bytes"] = serving.free_bytes;
  return json;
}

/// The moves that are under way, and since when the oldest of them is.
Json moves_under_way(const Registry& registry) {
  std::size_t pending = 0;
  std::optional<Timestamp> oldest;
  for (const auto& [id, move] : registry.open_moves()) {
    if (move.state != MoveState::pending) continue;
    ++pending;
    if (!oldest || move.context.at < *oldest) oldest = move.context.at;
  }
  Json json;
  json["pending"] = pending;
  json["oldest_at"] = time_or_null(oldest);
  return json;
}

Json to_json(const EphemeralPorts& ports) {
  Json json;
  const auto& range = ports.range();
  json["range"] = range ? Json({range->lo.value(), range->hi.value()}) : Json(nullptr);
  json["reserved"] = reserved_ports_text(ports.reserved());
  return json;
}

Expected<HttpResponse> detailed(const ApiContext& api) {
  const auto registry = api.store.snapshot();
  auto body = summary(api, to_json(api.ports.sight()));
  body["statistics"] = statistics_to_json(*registry);
  body["conflicts"] = registry->open_conflicts().size();
  body["moves"] = moves_under_way(*registry);
  body["ephemeral_ports"] = to_json(api.ports.ephemeral());
  if (api.serving) body["serving"] = to_json(api.serving());
  return ok(std::move(body), registry->revision());
}

}  // namespace

void add_system_routes(Router& router, const ApiContext& api) {
  using Request = const HttpRequest&;
  using Params = const PathParams&;
  router.add(
      {"GET", "/", Lane::reactor, [api](Request request, Params) { return root(api, request); }});
  router.add({"GET", "/health", Lane::reactor, [api](Request, Params) { return health(api); }});
  // Not the reactor: how well the kernel is seen is told once a scan under way is done.
  router.add({"GET", "/api/health/", Lane::read, [api](Request, Params) { return brief(api); }});
  router.add({"GET", "/api/health/detailed", Lane::read,
              [api](Request, Params) { return detailed(api); }});
}

}  // namespace pm
