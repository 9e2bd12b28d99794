#include "http/cors.h"

#include <algorithm>

namespace pm {
namespace {

bool is_allowed(const std::string& origin, const std::vector<std::string>& allowed) {
  return !origin.empty() && std::find(allowed.begin(), allowed.end(), origin) != allowed.end();
}

}  // namespace

bool is_preflight(const HttpRequest& request) {
  return request.method == "OPTIONS" && request.headers.contains("origin") &&
         request.headers.contains("access-control-request-method");
}

HttpResponse options_answer(const HttpRequest& request, const std::string& allow,
                            const std::vector<std::string>& allowed) {
  HttpResponse response;
  response.status = 204;
  response.headers.emplace_back("Allow", allow);
  if (!is_preflight(request) || !is_allowed(request.header("origin"), allowed)) return response;
  response.headers.emplace_back("Access-Control-Allow-Methods", allow);
  response.headers.emplace_back("Access-Control-Allow-Headers",
                                "Authorization, Content-Type, If-None-Match, X-Actor, "
                                "X-Request-Id");
  response.headers.emplace_back("Access-Control-Max-Age", "600");
  return response;
}

void share_with_origin(const HttpRequest& request, const std::vector<std::string>& allowed,
                       HttpResponse& response) {
  if (allowed.empty() || !request.headers.contains("origin")) return;
  // A cache must not give one origin's answer to another.
  response.headers.emplace_back("Vary", "Origin");
  const auto origin = request.header("origin");
  if (!is_allowed(origin, allowed)) return;
  response.headers.emplace_back("Access-Control-Allow-Origin", origin);
  response.headers.emplace_back("Access-Control-Expose-Headers", "ETag, X-Request-Id, X-Revision");
}

}  // namespace pm
