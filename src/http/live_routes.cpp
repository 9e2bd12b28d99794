#include <limits>

#include "http/api.h"
#include "http/body_members.h"
#include "http/list_param.h"
#include "http/live_feed.h"
#include "http/problem.h"
#include "http/websocket_handshake.h"

namespace pm {
namespace {

/// "a,b" to {"a", "b"}.

Expected<LiveFeed::Wish> wish_of(const HttpRequest& request) {
  LiveFeed::Wish wish;
  if (request.query.contains("since")) {
    const auto since =
        query_integer(request, "since", 0, 0, std::numeric_limits<std::int64_t>::max());
    if (!since) return tl::unexpected(since.error());
    wish.since = *since;
  }
  const auto services = request.query.find("services");
  if (services != request.query.end()) wish.services = list_from(services->second);
  return wish;
}

Expected<HttpResponse> updates(LiveFeed& feed, const HttpRequest& request,
                               const std::vector<std::string>& allowed_origins) {
  auto accepted = accept_websocket(request, allowed_origins);
  if (!accepted) {
    if (accepted.error().code != ErrorCode::upgrade_required) return accepted;
    auto refusal = problem(accepted.error(), request.path, request.request_id);
    refusal.headers.emplace_back("Upgrade", "websocket");
    refusal.headers.emplace_back("Sec-WebSocket-Version", "13");
    return refusal;
  }
  const auto wish = wish_of(request);
  if (!wish) return tl::unexpected(wish.error());
  auto place = feed.reserve();
  if (!place) {
    return fail(ErrorCode::overloaded,
                "As many WebSocket clients are connected as there may be. Try again later, or poll "
                "with ?revision=N&wait=30s.");
  }
  accepted->takes_over = [&feed, wish = *wish, place](UniqueFd fd, std::string unread) {
    feed.take(std::move(fd), std::move(unread), wish, place);
  };
  return accepted;
}

}  // namespace

void add_live_routes(Router& router, LiveFeed& feed, std::vector<std::string> allowed_origins) {
  router.add({"GET", "/ws/updates", Lane::reactor,
              [&feed, origins = std::move(allowed_origins)](
                  const HttpRequest& request, const PathParams&) -> Expected<HttpResponse> {
                return updates(feed, request, origins);
              }});
}

}  // namespace pm
