#include "http/api.h"
#include "http/body_members.h"
#include "http/conditional_get.h"
#include "http/json_views.h"

namespace pm {
namespace {

constexpr std::int64_t default_conflicts = 100;
constexpr std::int64_t max_conflicts = 1'000;

template <typename Result>
Json results_to_json(const std::vector<Result>& results) {
  Json all = Json::array();
  for (const auto& result : results) all.push_back(to_json(result));
  return all;
}

Expected<HttpResponse> reassign(const ApiContext& api, const HttpRequest& request) {
  auto members = BodyMembers::read(request);
  if (!members) return tl::unexpected(members.error());
  MoveSaga::Command command;
  command.service_id = members->string("service_id");
  command.new_port = members->optional_port("new_port");
  command.force = members->flag("force", false);
  command.dry_run = members->flag("dry_run", false);
  const auto reason = members->optional_string("reason").value_or("");
  if (members->error()) return tl::unexpected(*members->error());
  return api.saga.reassign(context_of(api, request, reason), command).and_then(move_answer);
}

Expected<HttpResponse> bulk_update(const ApiContext& api, const HttpRequest& request) {
  auto members = BodyMembers::read(request);
  if (!members) return tl::unexpected(members.error());
  const auto updates = members->ports("updates");
  const bool dry_run = members->flag("dry_run", false);
  const auto reason = members->optional_string("reason").value_or("");
  if (members->error()) return tl::unexpected(*members->error());
  const auto context = context_of(api, request, reason);
  const auto results =
      dry_run ? api.bulk.preview(context, updates) : api.bulk.update(context, updates);
  if (!results) return tl::unexpected(results.error());
  std::size_t successful = 0;
  for (const auto& result : *results) successful += result.success() ? 1 : 0;
  auto body = success();
  body["dry_run"] = dry_run;
  body["total"] = results->size();
  body["successful"] = successful;
  body["failed"] = results->size() - successful;
  body["results"] = results_to_json(*results);
  return ok(std::move(body), api.store.snapshot()->revision());
}

Json conflicts(const Registry& registry) {
  auto body = success();
  body["conflicts"] = open_conflicts_to_json(registry);
  body["count"] = registry.open_conflicts().size();
  return body;
}

Expected<HttpResponse> conflict_history(const ApiContext& api, const HttpRequest& request) {
  const auto since = query_time(request, "since");
  if (!since) return tl::unexpected(since.error());
  const auto limit = query_integer(request, "limit", default_conflicts, 1, max_conflicts);
  if (!limit) return tl::unexpected(limit.error());
  const auto cursor = query_integer(request, "cursor", 0, 0, INT64_MAX);
  if (!cursor) return tl::unexpected(cursor.error());
  const auto page = api.store.conflict_history(*since, static_cast<int>(*limit),
                                               *cursor > 0 ? std::optional(*cursor) : std::nullopt);
  if (!page) return tl::unexpected(page.error());
  const auto registry = api.store.snapshot();
  auto body = success();
  auto& all = body["conflicts"] = Json::array();
  for (const auto& conflict : page->rows) all.push_back(to_json(*registry, conflict));
  body["next_cursor"] = page->next_cursor ? Json(*page->next_cursor) : Json(nullptr);
  return ok(body);
}

Expected<HttpResponse> resolve_all(const ApiContext& api, const HttpRequest& request) {
  auto members = BodyMembers::read(request, BodyMembers::Body::optional);
  if (!members) return tl::unexpected(members.error());
  const bool dry_run = members->flag("dry_run", false);
  const auto reason = members->optional_string("reason").value_or("Conflict resolution.");
  if (members->error()) return tl::unexpected(*members->error());
  const auto results =
      api.resolver.resolve(context_of(api, request, reason), ConflictResolver::Scope::all, dry_run);
  if (!results) return tl::unexpected(results.error());
  auto body = success();
  body["dry_run"] = dry_run;
  body["resolutions"] = results_to_json(*results);
  body["count"] = results->size();
  return ok(std::move(body), api.store.snapshot()->revision());
}

Expected<HttpResponse> resolve_one(const ApiContext& api, const HttpRequest& request) {
  auto members = BodyMembers::read(request);
  if (!members) return tl::unexpected(members.error());
  const auto service_id = members->string("service_name");
  const auto port = members->port("current_port");
  if (members->error()) return tl::unexpected(*members->error());
  return api.resolver
      .resolve_one(context_of(api, request, "Conflict resolution."), service_id, port)
      .and_then(move_answer);
}

}  // namespace

void add_move_routes(Router& router, const ApiContext& api) {
  using Request = const HttpRequest&;
  using Params = const PathParams&;
  router.add({"POST", "/api/ports/reassign", Lane::slow,
              [api](Request request, Params) { return reassign(api, request); }});
  router.add({"POST", "/api/ports/bulk-update", Lane::slow,
              [api](Request request, Params) { return bulk_update(api, request); }});
  router.add({"GET", "/api/ports/conflicts", Lane::reactor,
              watchable(api.store, cached_by_revision(api.store, conflicts))});
  router.add({"GET", "/api/ports/conflicts/history", Lane::read,
              [api](Request request, Params) { return conflict_history(api, request); }});
  router.add({"POST", "/api/ports/resolve-conflicts", Lane::slow,
              [api](Request request, Params) { return resolve_all(api, request); }});
  router.add({"POST", "/api/ports/resolve-conflict", Lane::slow,
              [api](Request request, Params) { return resolve_one(api, request); }});
}

}  // namespace pm
