#include "http_client/websocket_client.h"

#include <gmock/gmock.h>
#include <sys/eventfd.h>

#include "app/unique_fd.h"
#include "http_client/websocket_peer.h"

namespace pm {
namespace {

using test::server_frame;
using test::WebSocketPeer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;
using Stage = WebSocketPeer::Stage;

constexpr int text_frame = 1;
constexpr int close_frame = 8;
constexpr int ping_frame = 9;

WebSocketClient::Options options_for(const std::string& url) {
  return {.url = url, .timeout = 5s};
}

/// Messages until there are that many, or the connection is over.
std::vector<std::string> receive(WebSocketClient& client, std::size_t count) {
  std::vector<std::string> all;
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (all.size() < count && client.is_open() && std::chrono::steady_clock::now() < deadline) {
    client.wait(100ms);
    for (auto& message : client.receive()) all.push_back(std::move(message));
  }
  return all;
}

TEST(WebSocketClient, AsksForTheUrlsPathAndTakesMessages) {
  WebSocketPeer peer([](Stage& stage) {
    auto request = stage.shake_hands();
    stage.send(server_frame(text_frame, "one") + server_frame(text_frame, "two"));
    stage.read(1);
    return request;
  });
  auto client = WebSocketClient::connect(options_for(peer.url()));
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_THAT(receive(*client, 2), ElementsAre("one", "two"));
  client->close();
  const auto request = peer.played();
  EXPECT_TRUE(request.starts_with("GET /ws/updates?since=3 HTTP/1.1\r\nHost: 127.0.0.1:"));
  EXPECT_THAT(request, HasSubstr("\r\nSec-WebSocket-Version: 13\r\n"));
}

TEST(WebSocketClient, TakesAMessageThatCameWithTheHandshake) {
  WebSocketPeer peer([](Stage& stage) {
    stage.shake_hands(server_frame(text_frame, "early"));
    return stage.read(1);
  });
  auto client = WebSocketClient::connect(options_for(peer.url()));
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_THAT(receive(*client, 1), ElementsAre("early"));
}

TEST(WebSocketClient, PutsAMessageTogetherFromFragmentsAndLongFrames) {
  const std::string half(40'000, 'x');
  WebSocketPeer peer([&](Stage& stage) {
    stage.shake_hands();
    stage.send(server_frame(text_frame, half, false));
    stage.send(server_frame(0, half, true));
    return stage.read(1);
  });
  auto client = WebSocketClient::connect(options_for(peer.url()));
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_THAT(receive(*client, 1), ElementsAre(half + half));
}

TEST(WebSocketClient, AnswersAPingWithAMaskedPong) {
  WebSocketPeer peer([](Stage& stage) {
    stage.shake_hands();
    stage.send(server_frame(ping_frame, "hi"));
    return stage.read(8);
  });
  auto client = WebSocketClient::connect(options_for(peer.url()));
  ASSERT_TRUE(client) << client.error().message;
  client->wait(5s);
  EXPECT_THAT(client->receive(), IsEmpty());
  const auto pong = peer.played();
  ASSERT_EQ(pong.size(), 8U);
  EXPECT_EQ(pong.substr(0, 2), "\x8a\x82");
  EXPECT_EQ(pong[6] ^ pong[2], 'h');
  EXPECT_EQ(pong[7] ^ pong[3], 'i');
}

TEST(WebSocketClient, SendsTextAndPingsMasked) {
  WebSocketPeer peer([](Stage& stage) {
    stage.shake_hands();
    return stage.read(15);
  });
  auto client = WebSocketClient::connect(options_for(peer.url()));
  ASSERT_TRUE(client) << client.error().message;
  client->ping();
  client->send_text("abc");
  const auto frames = peer.played();
  ASSERT_EQ(frames.size(), 15U);
  EXPECT_EQ(frames.substr(0, 2), "\x89\x80");
  EXPECT_EQ(frames.substr(6, 2), "\x81\x83");
}

TEST(WebSocketClient, TellsHowItEnded) {
  WebSocketPeer leaves([](Stage& stage) {
    stage.shake_hands(server_frame(close_frame, "\x03\xe9"));
    return stage.read(1);
  });
  auto client = WebSocketClient::connect(options_for(leaves.url()));
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_THAT(receive(*client, 1), IsEmpty());
  EXPECT_EQ(client->reason(), "closed with code 1001");

  WebSocketPeer vanishes([](Stage& stage) { return stage.shake_hands(); });
  client = WebSocketClient::connect(options_for(vanishes.url()));
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_THAT(receive(*client, 1), IsEmpty());
  EXPECT_EQ(client->reason(), "the connection was cut");
}

TEST(WebSocketClient, EndsAtWhatIsNoFrame) {
  WebSocketPeer peer([](Stage& stage) {
    stage.shake_hands("\xff\xff\xff\xff\xff\xff");
    return stage.read(1);
  });
  auto client = WebSocketClient::connect(options_for(peer.url()));
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_THAT(receive(*client, 1), IsEmpty());
  EXPECT_FALSE(client->is_open());
}

TEST(WebSocketClient, RefusesAnAnswerThatIsNoWebSocket) {
  for (const char* answer :
       {"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: AAAA\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n"}) {
    WebSocketPeer peer([&](Stage& stage) {
      auto request = stage.read_until("\r\n\r\n");
      stage.send(answer);
      return request;
    });
    const auto client = WebSocketClient::connect(options_for(peer.url()));
    ASSERT_FALSE(client) << answer;
    EXPECT_EQ(client.error().code, ErrorCode::service_refused) << answer;
    EXPECT_THAT(client.error().message, HasSubstr("opens no WebSocket: HTTP/1.1 "));
  }
}

TEST(WebSocketClient, TellsThatNobodyIsThere) {
  test::TestSocket free_port("127.0.0.1", SOCK_STREAM);
  free_port.bind("127.0.0.1", 0);
  const auto client = WebSocketClient::connect(
      options_for("http://127.0.0.1:" + std::to_string(free_port.port()) + "/ws"));
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, ErrorCode::service_unreachable);
  EXPECT_FALSE(WebSocketClient::connect(options_for("nowhere")));
}

TEST(WebSocketClient, GivesUpOnOneWhoIsSilentOrCloses) {
  const auto silent = test::listen_on("127.0.0.1");
  auto options = options_for("http://127.0.0.1:" + std::to_string(silent.port()) + "/ws");
  options.timeout = 100ms;
  EXPECT_EQ(WebSocketClient::connect(options).error().code, ErrorCode::service_unreachable);
  WebSocketPeer closes([](Stage& stage) { return stage.read_until("\r\n\r\n"); });
  EXPECT_THAT(WebSocketClient::connect(options_for(closes.url())).error().message,
              HasSubstr("did not answer as HTTP does"));
}

TEST(WebSocketClient, AStopEndsWaiting) {
  const UniqueFd stop(::eventfd(1, EFD_CLOEXEC));
  const auto silent = test::listen_on("127.0.0.1");
  auto options = options_for("http://127.0.0.1:" + std::to_string(silent.port()) + "/ws");
  options.timeout = 60s;
  options.stop_fd = stop.get();
  EXPECT_FALSE(WebSocketClient::connect(options));

  WebSocketPeer peer([](Stage& stage) {
    stage.shake_hands();
    return stage.read(1);
  });
  auto client = WebSocketClient::connect(options_for(peer.url()));
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_TRUE(client->wait(60s, stop.get()));
  EXPECT_FALSE(client->wait(1ms));
}

}  // namespace
}  // namespace pm
