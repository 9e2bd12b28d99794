#include <algorithm>

#include "http/api.h"
#include "http/body_members.h"
#include "http/json_views.h"
#include "http/list_param.h"

namespace pm {
namespace {

Expected<HttpResponse> backup(const ApiContext& api, const HttpRequest& request) {
  const auto given = request.query.find("backup_file");
  if (given != request.query.end() && given->second.empty()) {
    return fail(ErrorCode::invalid_name,
                "backup_file is empty; name a file, or leave it out to have it named by the time.",
                "backup_file");
  }
  const auto name = api.config.backup(given == request.query.end() ? "" : given->second);
  if (!name) return tl::unexpected(name.error());
  auto body = success();
  body["backup_file"] = *name;
  body["message"] = "The backup " + *name + " is written.";
  return ok(body);
}

Expected<HttpResponse> backups(const ApiContext& api) {
  const auto files = api.config.backups();
  if (!files) return tl::unexpected(files.error());
  auto body = success();
  auto& all = body["backups"] = Json::array();
  for (const auto& file : *files) all.push_back(to_json(file));
  return ok(body);
}

/// The file as it is, so that it can be kept elsewhere, or compared before it is restored.
Expected<HttpResponse> backup_file(const ApiContext& api, const std::string& name) {
  auto text = api.config.backup_text(name);
  if (!text) return tl::unexpected(text.error());
  auto response = HttpResponse::of(std::move(*text));
  // Whatever somebody has put into the folder: a browser takes it for JSON and for nothing else.
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Expected<HttpResponse> restore(const ApiContext& api, const HttpRequest& request) {
  const auto given = request.query.find("backup_file");
  if (given == request.query.end()) {
    return fail(ErrorCode::invalid_name,
                "Name the backup: POST /api/ports/restore?backup_file=NAME. GET /api/ports/backups "
                "lists them.",
                "backup_file");
  }
  const auto committed = api.config.restore(context_of(api, request), given->second);
  if (!committed) return tl::unexpected(committed.error());
  api.ports.hand_over();
  auto body = success();
  body["message"] = "The registry is as in " + given->second + ": " +
                    std::to_string(committed->registry->assignments().size()) + " assignments, " +
                    std::to_string(committed->registry->open_conflicts().size()) + " conflicts.";
  return ok(std::move(body), committed->revision);
}

Expected<HttpResponse> import_config(const ApiContext& api, const HttpRequest& request) {
  const auto committed = api.config.import(context_of(api, request), request.body);
  if (!committed) return tl::unexpected(committed.error());
  api.ports.hand_over();
  const auto assignments = committed->registry->assignments().size();
  const auto conflicts = committed->registry->open_conflicts().size();
  auto body = success();
  body["total"] = assignments;
  body["conflicts"] = conflicts;
  body["message"] = std::to_string(assignments) + " assignments imported, " +
                    std::to_string(conflicts) + " conflicts.";
  return ok(std::move(body), committed->revision);
}

Error unknown_format(const std::string& format, const std::vector<std::string>& others) {
  std::string names = "port_config (or json)";
  for (const auto& name : others) names += ", " + name;
  return {ErrorCode::out_of_bounds,
          "format is \"" + format + "\"; the formats there are: " + names + ".", "format"};
}

ExportScope scope_of(const HttpRequest& request) {
  ExportScope scope;
  if (const auto given = request.query.find("services"); given != request.query.end()) {
    scope.services = list_from(given->second);
  }
  if (const auto given = request.query.find("host"); given != request.query.end()) {
    scope.host = given->second;
  }
  return scope;
}

Expected<HttpResponse> export_own_format(const ApiContext& api, const ExportScope& scope) {
  if (scope.is_everything()) return HttpResponse::of(api.config.export_text());
  return fail(ErrorCode::out_of_bounds,
              "A port_config.json always has everything: leave services and host out, or ask for "
              "another format.",
              "format");
}

Expected<HttpResponse> export_config(const ApiContext& api, const HttpRequest& request) {
  const auto given = request.query.find("format");
  const auto format = given == request.query.end() ? std::string("port_config") : given->second;
  const auto scope = scope_of(request);
  if (format == "port_config" || format == "json") return export_own_format(api, scope);
  const auto names = api.formats.names();
  if (std::find(names.begin(), names.end(), format) == names.end()) {
    return tl::unexpected(unknown_format(format, names));
  }
  const auto registry = api.store.snapshot();
  auto exported = api.formats.render(format, *registry, api.ports.ephemeral(), scope);
  if (!exported) return tl::unexpected(std::move(exported.error()));
  auto response = HttpResponse::of(std::move(exported->text), exported->content_type);
  response.headers.emplace_back("X-Revision", std::to_string(registry->revision()));
  response.headers.emplace_back("Content-Disposition",
                                "inline; filename=\"" + exported->file_name + "\"");
  return response;
}

Expected<HttpResponse> reset(const ApiContext& api, const HttpRequest& request) {
  const auto done = api.config.reset(context_of(api, request));
  if (!done) return tl::unexpected(done.error());
  api.ports.hand_over();
  auto body = success();
  body["backup_file"] = done->backup_file;
  body["message"] = "The registry has the suite's defaults again: " +
                    std::to_string(done->committed.registry->assignments().size()) +
                    " assignments. What was before is in " + done->backup_file + ".";
  return ok(std::move(body), done->committed.revision);
}

}  // namespace

void add_config_routes(Router& router, const ApiContext& api) {
  using Request = const HttpRequest&;
  using Params = const PathParams&;
  router.add({"POST", "/api/ports/backup", Lane::quick,
              [api](Request request, Params) { return backup(api, request); }});
  router.add(
      {"GET", "/api/ports/backups", Lane::read, [api](Request, Params) { return backups(api); }});
  router.add({"GET", "/api/ports/backups/{name}", Lane::read,
              [api](Request, Params params) { return backup_file(api, params[0]); }});
  router.add({"POST", "/api/ports/restore", Lane::quick,
              [api](Request request, Params) { return restore(api, request); }});
  router.add({"POST", "/api/ports/import", Lane::quick,
              [api](Request request, Params) { return import_config(api, request); }});
  router.add({"GET", "/api/ports/export", Lane::read,
              [api](Request request, Params) { return export_config(api, request); }});
  router.add({"POST", "/api/ports/reset", Lane::quick,
              [api](Request request, Params) { return reset(api, request); }});
}

}  // namespace pm
