#include "http/api.h"
#include "http/json_views.h"

namespace pm {
namespace {

Expected<HttpResponse> root(const ApiContext& api) {
  auto body = success();
  body["message"] = "iTechSmart Port Manager";
  body["version"] = api.version;
  body["features"] = {"port_management",    "automatic_reassignment", "bulk_update",
                      "conflict_detection", "backup_restore",         "audit_by_sql"};
  return ok(body);
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

Json detailed(const ApiContext& api) {
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
  return body;
}

}  // namespace

void add_system_routes(Router& router, const ApiContext& api) {
  using Request = const HttpRequest&;
  using Params = const PathParams&;
  router.add({"GET", "/", Lane::reactor, [api](Request, Params) { return root(api); }});
  router.add({"GET", "/health", Lane::reactor, [api](Request, Params) { return health(api); }});
  router.add({"GET", "/api/health/", Lane::reactor,
              [api](Request, Params) -> Expected<HttpResponse> { return ok(detailed(api)); }});
  router.add({"GET", "/api/health/detailed", Lane::reactor,
              [api](Request, Params) -> Expected<HttpResponse> {
                const auto registry = api.store.snapshot();
                auto body = detailed(api);
                body["statistics"] = statistics_to_json(*registry);
                body["conflicts"] = registry->open_conflicts().size();
                return ok(std::move(body), registry->revision());
              }});
}

}  // namespace pm
