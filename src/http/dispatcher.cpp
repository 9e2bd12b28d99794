#include "http/dispatcher.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "domain/text.h"
#include "http/cors.h"
#include "http/origin.h"
#include "http/problem.h"

namespace pm {
namespace {

bool is_change(const std::string& method) {
  return method != "GET";
}

HttpResponse run_handler(const Route& route, const HttpRequest& request, const PathParams& params) {
  try {
    auto response = route.handler(request, params);
    if (response) return std::move(*response);
    return problem(response.error(), request.path, request.request_id);
  } catch (const std::exception& e) {
    spdlog::error("{} {} failed: {} request_id={}", request.method, request.path, e.what(),
                  request.request_id);
  } catch (...) {
    spdlog::error("{} {} failed request_id={}", request.method, request.path, request.request_id);
  }
  return problem({ErrorCode::internal,
                  "The Port Manager failed on this request. Its log has the reason under request "
                  "id " +
                      request.request_id + ".",
                  {}},
                 request.path, request.request_id);
}

}  // namespace

Dispatcher::Outcome Dispatcher::dispatch(const HttpRequest& request) const {
  Outcome outcome;
  outcome.next = decide(request, outcome.route);
  if (auto* response = std::get_if<HttpResponse>(&outcome.next)) {
    share_with_origin(request, options_.allowed_origins, *response);
  }
  return outcome;
}

std::variant<HttpResponse, Dispatcher::Work> Dispatcher::decide(const HttpRequest& request,
                                                                const Route*& found) const {
  const auto refuse = [&](const Error& error) {
    return problem(error, request.path, request.request_id);
  };
  if (auto checked = check_host(request); !checked) return refuse(checked.error());
  auto match = router_.find(request);
  found = match.route;
  if (!match.route && match.allow.empty()) {
    return refuse({ErrorCode::not_found,
                   "There is nothing at " + request.path +
                       ". Compare the path with GET /api/docs; GET /api/services and "
                       "/api/ports/assignments show what is registered.",
                   {}});
  }
  if (!match.route && request.method == "OPTIONS") {
    return options_answer(request, match.allow + ", OPTIONS", options_.allowed_origins);
  }
  if (!match.route) {
    auto response = refuse(
        {ErrorCode::method_not_allowed,
         request.path + " does not take " + request.method + "; it takes " + match.allow + ".",
         {}});
    response.headers.emplace_back("Allow", match.allow);
    return response;
  }
  if (auto checked = check(request); !checked) return refuse(checked.error());
  const auto& route = *match.route;
  if (route.lane == Lane::reactor) return run_handler(route, request, match.params);
  return Work{route.lane,
              [this, &route, params = std::move(match.params)](const HttpRequest& taken) {
                auto response = run_handler(route, taken, params);
                share_with_origin(taken, options_.allowed_origins, response);
                return response;
              }};
}

Expected<void> Dispatcher::check(const HttpRequest& request) const {
  if (!is_change(request.method)) return {};
  if (auto checked = check_origin(request, options_.allowed_origins); !checked) return checked;
  if (auto checked = check_token(request); !checked) return checked;
  const auto type = request.header("content-type");
  auto media = type.substr(0, type.find(';'));
  media.erase(std::remove(media.begin(), media.end(), ' '), media.end());
  media = ascii_lower(media);
  if (!request.body.empty() && media != "application/json") {
    return fail(ErrorCode::unsupported_media,
                "Send the body as JSON, with the header \"Content-Type: application/json\"" +
                    (media.empty() ? std::string(".") : "; this one is " + media + "."));
  }
  return {};
}

Expected<void> Dispatcher::check_host(const HttpRequest& request) const {
  // A page of a site whose name its owner makes point to this machine sends that name here and
  // counts as of the same origin (DNS rebinding). Nobody outside owns an address, localhost or a
  // name without a dot.
  auto host = ascii_lower(request.header("host"));
  const bool is_bracketed = !host.empty() && host.front() == '[';
  host = host.substr(0, is_bracketed ? host.find(']') : host.find(':'));
  in_addr ipv4{};
  const auto& allowed = options_.allowed_hosts;
  const bool is_own = is_bracketed || host.find('.') == std::string::npos ||
                      ::inet_pton(AF_INET, host.c_str(), &ipv4) == 1 ||
                      std::find(allowed.begin(), allowed.end(), host) != allowed.end();
  if (is_own) return {};
  return fail(ErrorCode::misdirected,
              "This server does not go by the name " + host +
                  ". Use its address, or add the name to allowed-hosts in the configuration.");
}

Expected<void> Dispatcher::check_token(const HttpRequest& request) const {
  if (options_.auth_token.empty()) return {};
  static constexpr std::string_view scheme = "bearer ";
  const auto given = request.header("authorization");
  if (given.empty()) {
    return fail(ErrorCode::unauthorized,
                "Changes need the header \"Authorization: Bearer TOKEN\" with the token of "
                "auth-token-file.");
  }
  const auto token = ascii_lower(given.substr(0, scheme.size())) == scheme
                         ? given.substr(scheme.size())
                         : std::string();
  if (token.size() == options_.auth_token.size() &&
      CRYPTO_memcmp(token.data(), options_.auth_token.data(), token.size()) == 0) {
    return {};
  }
  return fail(ErrorCode::forbidden, "The token is not the one in auth-token-file.");
}

}  // namespace pm
