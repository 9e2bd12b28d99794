#include "http/conditional_get.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <memory>
#include <mutex>
#include <string_view>

#include "http/api.h"
#include "http/body_members.h"

namespace pm {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_wait{std::chrono::minutes{10}};

const std::string* header_of(const HttpResponse& response, std::string_view name) {
  const auto found = std::find_if(response.headers.begin(), response.headers.end(),
                                  [&](const auto& header) { return header.first == name; });
  return found == response.headers.end() ? nullptr : &found->second;
}

void add_validators(HttpResponse& response, const std::string& etag) {
  response.headers.emplace_back("ETag", "\"" + etag + "\"");
  response.headers.emplace_back("Cache-Control", "no-cache");
}

/// The revision alone is no validator: another database, after a loss, comes to the same one, and
/// an answer may depend on more than the registry, such as who listens.
void add_validators_of_body(HttpResponse& response) {
  const auto* revision = header_of(response, "X-Revision");
  if (!revision || !response.body || header_of(response, "ETag")) return;
  add_validators(response,
                 *revision + "-" + std::to_string(std::hash<std::string>{}(*response.body)));
}

/// One answer for one revision. Thread-safe.
class RenderedAnswer {
 public:
  HttpResponse get(const Snapshot& snapshot, const std::function<Json(const Registry&)>& render) {
    const std::lock_guard lock(mutex_);
    if (!response_.body || revision_ != snapshot->revision()) {
      revision_ = snapshot->revision();
      response_ = ok(render(*snapshot), revision_);
      add_validators_of_body(response_);
    }
    return response_;
  }

 private:
  std::mutex mutex_;
  std::int64_t revision_{-1};
  HttpResponse response_;
};

/// Unset: the answer is wanted now.
Expected<std::optional<HttpResponse::Wait>> wanted_wait(const HttpRequest& request,
                                                        std::int64_t present) {
  const auto wait = request.query.find("wait");
  if (wait == request.query.end()) return std::nullopt;
  if (!request.query.contains("revision")) {
    return fail(ErrorCode::bad_request,
                "wait needs revision: give the X-Revision of the last answer, as in "
                "?revision=17&wait=30s.",
                "revision");
  }
  const auto revision =
      query_integer(request, "revision", 0, 0, std::numeric_limits<std::int64_t>::max());
  if (!revision) return tl::unexpected(revision.error());
  const auto time = parse_wait(wait->second);
  if (!time) return tl::unexpected(time.error());
  if (*revision != present || time->count() == 0) return std::nullopt;
  return HttpResponse::Wait{*revision, *time};
}

}  // namespace

HttpResponse if_changed(HttpResponse response, const HttpRequest& request) {
  const auto condition = request.header("if-none-match");
  const auto* etag = header_of(response, "ETag");
  if (condition.empty() || !etag) return response;
  if (condition == "*" || condition.find(*etag) != std::string::npos) {
    response.status = 304;
    response.body = nullptr;
  }
  return response;
}

Expected<milliseconds> parse_wait(const std::string& text) {
  struct Unit {
    std::string_view name;
    std::int64_t in_ms;
  };
  static constexpr std::array<Unit, 4> units{{{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"", 1'000}}};
  std::int64_t number = -1;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const std::string_view rest(stop, static_cast<std::size_t>(end - stop));
  const auto* unit =
      std::find_if(units.begin(), units.end(), [&](const Unit& each) { return each.name == rest; });
  const bool is_time = error == std::errc{} && number >= 0 && unit != units.end();
  if (!is_time || number > longest_wait.count() / unit->in_ms) {
    return fail(ErrorCode::out_of_bounds,
                "wait=" + text + " is not a time of at most ten minutes, such as 500ms, 30s or 2m.",
                "wait");
  }
  return milliseconds{number * unit->in_ms};
}

RouteHandler cached_by_revision(Store& store, std::function<Json(const Registry&)> render) {
  return [&store, render = std::move(render), answer = std::make_shared<RenderedAnswer>()](
             const HttpRequest& request, const PathParams&) -> Expected<HttpResponse> {
    return if_changed(answer->get(store.snapshot(), render), request);
  };
}

RouteHandler constant(HttpResponse response) {
  add_validators(response, std::to_string(std::hash<std::string>{}(*response.body)));
  return [response = std::move(response)](const HttpRequest& request,
                                          const PathParams&) -> Expected<HttpResponse> {
    return if_changed(response, request);
  };
}

RouteHandler watchable(Store& store, RouteHandler handler) {
  return [&store, handler = std::move(handler)](
             const HttpRequest& request, const PathParams& params) -> Expected<HttpResponse> {
    const auto wait = wanted_wait(request, store.snapshot()->revision());
    if (!wait) return tl::unexpected(wait.error());
    if (*wait) {
      HttpResponse later;
      later.waits = **wait;
      return later;
    }
    return handler(request, params).map([&](HttpResponse response) {
      add_validators_of_body(response);
      return if_changed(std::move(response), request);
    });
  };
}

}  // namespace pm
