#include <gmock/gmock.h>

#include "http/api.h"
#include "http/live_feed.h"
#include "http/live_peer.h"
#include "support/manual_clock.h"

namespace pm::test {
namespace {

using testing::Contains;
using testing::Pair;

HttpRequest handshake(std::map<std::string, std::string> query = {}) {
  HttpRequest request;
  request.method = "GET";
  request.path = "/ws/updates";
  request.segments = {"ws", "updates"};
  request.query = std::move(query);
  request.headers = {{"host", "localhost:8100"},
                     {"upgrade", "websocket"},
                     {"connection", "Upgrade"},
                     {"sec-websocket-version", "13"},
                     {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  return request;
}

class LiveRoutes : public testing::Test {
 protected:
  explicit LiveRoutes(std::size_t max_clients = 1) {
    LiveFeed::Options options;
    options.max_clients = max_clients;
    feed_ = std::make_unique<LiveFeed>(
        loop_, clock_, options, RecentEvents{},
        std::make_shared<const Registry>(std::make_shared<const SuiteConfig>()));
    add_live_routes(router_, *feed_, {"http://ops.example"});
  }

  Expected<HttpResponse> ask(const HttpRequest& request) {
    const auto match = router_.find(request);
    return match.route->handler(request, match.params);
  }
  ErrorCode refusal(const HttpRequest& request) {
    const auto answer = ask(request);
    return answer ? ErrorCode::internal : answer.error().code;
  }

  ManualClock clock_;
  std::unique_ptr<LiveFeed> feed_;
  DetachedLoop loop_;
  Router router_;
};

TEST_F(LiveRoutes, AHandshakeGivesTheSocketToTheFeed) {
  auto answer = ask(handshake({{"services", ",a,,b,"}, {"since", "0"}}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 101);
  LivePeer peer;
  answer->takes_over(peer.take_server(), client_text("{\"type\": \"ping\"}"));
  EXPECT_EQ(peer.message()["replay"]["since"], 0);
  EXPECT_EQ(peer.message()["type"], "pong");
  EXPECT_EQ(feed_->clients(), 1U);
}

TEST_F(LiveRoutes, WhatIsNoHandshakeIsToldHowItGoes) {
  auto request = handshake();
  request.headers.erase("upgrade");
  const auto answer = ask(request);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 426);
  EXPECT_THAT(answer->headers, Contains(Pair("Upgrade", "websocket")));
  EXPECT_THAT(answer->headers, Contains(Pair("Sec-WebSocket-Version", "13")));
  EXPECT_FALSE(answer->takes_over);
}

TEST_F(LiveRoutes, AForeignPageAndABadQueryAreRefused) {
  auto request = handshake();
  request.headers["origin"] = "http://evil.example";
  EXPECT_EQ(refusal(request), ErrorCode::forbidden);
  request.headers["origin"] = "http://ops.example";
  EXPECT_TRUE(ask(request));
  for (const char* since : {"", "x", "-1", "1.5", "9223372036854775808"}) {
    EXPECT_FALSE(ask(handshake({{"since", since}}))) << since;
  }
}

TEST_F(LiveRoutes, OneTooManyIsRefused) {
  LivePeer peer;
  ask(handshake())->takes_over(peer.take_server(), "");
  EXPECT_EQ(peer.message()["type"], "connected");
  EXPECT_EQ(refusal(handshake()), ErrorCode::overloaded);
}

}  // namespace
}  // namespace pm::test
