#include "http/websocket_handshake.h"

#include <gmock/gmock.h>

namespace pm::test {
namespace {

using testing::Contains;
using testing::Pair;

HttpRequest handshake() {
  HttpRequest request;
  request.method = "GET";
  request.path = "/ws/updates";
  request.headers = {{"host", "localhost:8100"},
                     {"upgrade", "websocket"},
                     {"connection", "Upgrade"},
                     {"sec-websocket-version", "13"},
                     {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  return request;
}

HttpRequest with(const std::string& name, const std::string& value) {
  auto request = handshake();
  request.headers[name] = value;
  return request;
}

ErrorCode refusal(const HttpRequest& request, const std::vector<std::string>& allowed = {}) {
  const auto answer = accept_websocket(request, allowed);
  return answer ? ErrorCode::internal : answer.error().code;
}

TEST(WebSocketHandshake, AcceptsTheExampleOfTheRfc) {
  const auto answer = accept_websocket(handshake(), {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 101);
  EXPECT_THAT(answer->headers,
              Contains(Pair("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
  EXPECT_THAT(answer->headers, Contains(Pair("Upgrade", "websocket")));
  EXPECT_THAT(answer->headers, Contains(Pair("Connection", "Upgrade")));
}

TEST(WebSocketHandshake, TokensMayStandInListsAndInAnyCase) {
  EXPECT_TRUE(accept_websocket(with("connection", "keep-alive, Upgrade"), {}));
  EXPECT_TRUE(accept_websocket(with("connection", "UPGRADE"), {}));
  EXPECT_TRUE(accept_websocket(with("upgrade", "h2c ,\tWebSocket"), {}));
}

TEST(WebSocketHandshake, WithoutAnUpgradeOneIsAskedFor) {
  EXPECT_EQ(refusal(with("upgrade", "")), ErrorCode::upgrade_required);
  EXPECT_EQ(refusal(with("upgrade", "websockets")), ErrorCode::upgrade_required);
  EXPECT_EQ(refusal(with("connection", "close")), ErrorCode::upgrade_required);
  EXPECT_EQ(refusal(with("sec-websocket-version", "8")), ErrorCode::upgrade_required);
  EXPECT_EQ(refusal(with("sec-websocket-version", "")), ErrorCode::upgrade_required);
}

TEST(WebSocketHandshake, AKeyIsSixteenBytesInBase64) {
  for (const char* key :
       {"", "short", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ==x",
        "dGhlIHNhbXBsZSBub25jZTEyMw==", "!!!!!!!!!!!!!!!!!!!!!!==", "dGhlIHNhbXBsZSBub25jZTE=",
        "========================", "dGhlIHNhbXBsZSBub25j====", "dGhl=HNhbXBsZSBub25jZQ=="}) {
    EXPECT_EQ(refusal(with("sec-websocket-key", key)), ErrorCode::bad_request) << key;
  }
}

TEST(WebSocketHandshake, Http10HasNoUpgrade) {
  auto request = handshake();
  request.http10 = true;
  EXPECT_EQ(refusal(request), ErrorCode::bad_request);
}

TEST(WebSocketHandshake, PagesOfOthersMayNotReadAlong) {
  EXPECT_EQ(refusal(with("origin", "http://evil.example")), ErrorCode::forbidden);
  EXPECT_EQ(refusal(with("origin", "null")), ErrorCode::forbidden);
  EXPECT_TRUE(accept_websocket(with("origin", "http://localhost:8100"), {}));
  EXPECT_TRUE(accept_websocket(with("origin", "http://ops.example"), {"http://ops.example"}));
}

}  // namespace
}  // namespace pm::test
