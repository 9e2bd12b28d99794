#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "http/api.h"
#include "http/conditional_get.h"
#include "openapi.h"

namespace pm {
namespace {

using embedded::EmbeddedFile;

std::string content_type_of(std::string_view name) {
  using Type = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Type, 4> types{{{".html", "text/html; charset=utf-8"},
                                              {".js", "text/javascript; charset=utf-8"},
                                              {".css", "text/css; charset=utf-8"},
                                              {".svg", "image/svg+xml"}}};
  const auto* type = std::find_if(types.begin(), types.end(),
                                  [&](const Type& each) { return name.ends_with(each.first); });
  return std::string(type == types.end() ? "application/octet-stream" : type->second);
}

RouteHandler page_file(const EmbeddedFile& file) {
  auto response = HttpResponse::of(std::string(file.text), content_type_of(file.name));
  response.headers = {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
       "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"}};
  return constant(std::move(response));
}

}  // namespace

void add_openapi_route(Router& router) {
  const auto& document = embedded::openapi().front();
  router.add({"GET", "/api/openapi.json", Lane::reactor,
              constant(HttpResponse::of(std::string(document.text)))});
}

void add_docs_page_routes(Router& router, std::span<const EmbeddedFile> files) {
  std::map<std::string, RouteHandler> parts;
  for (const auto& file : files) {
    if (file.name == "index.html") {
      router.add({"GET", "/api/docs", Lane::reactor, page_file(file)});
    } else {
      parts.emplace(file.name, page_file(file));
    }
  }
  router.add({"GET", "/api/docs/{file}", Lane::reactor,
              [parts = std::move(parts)](const HttpRequest& request,
                                         const PathParams& params) -> Expected<HttpResponse> {
                const auto found = parts.find(params[0]);
                if (found != parts.end()) return found->second(request, params);
                return fail(ErrorCode::not_found, "The page of the documentation has no file " +
                                                      params[0] + ". GET /api/docs is the page.");
              }});
}

}  // namespace pm
