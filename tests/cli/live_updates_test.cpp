#include "cli/live_updates.h"

#include <gmock/gmock.h>
#include <sys/eventfd.h>

#include "app/unique_fd.h"
#include "http_client/websocket_peer.h"

namespace pm {
namespace {

using test::server_frame;
using test::WebSocketPeer;
using testing::HasSubstr;
using namespace std::chrono_literals;
using Kind = LiveUpdates::Event::Kind;
using Stage = WebSocketPeer::Stage;

constexpr int text_frame = 1;

std::string greeting(int revision, const std::string& replay = "") {
  return server_frame(
      text_frame, R"({"type":"connected","revision":)" + std::to_string(revision) + replay + "}");
}

std::string change(int revision, bool more = false) {
  return server_frame(text_frame, R"({"type":"port_change","service_id":"a","revision":)" +
                                      std::to_string(revision) + (more ? R"(,"more":true})" : "}"));
}

class LiveUpdatesTest : public testing::Test {
 protected:
  static ApiClient client_of(const WebSocketPeer& peer) {
    return ApiClient::make({peer.url().substr(0, peer.url().find("/ws")), "", ""}).value();
  }
  std::vector<LiveUpdates::Event> collect(LiveUpdates& updates, std::size_t count) const {
    std::vector<LiveUpdates::Event> all;
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (all.size() < count && std::chrono::steady_clock::now() < deadline) {
      for (auto& event : updates.next(100ms, never_.get())) all.push_back(std::move(event));
    }
    return all;
  }

  UniqueFd never_{::eventfd(0, EFD_CLOEXEC)};
};

TEST_F(LiveUpdatesTest, TellsOfTheConnectionAndOfChanges) {
  WebSocketPeer peer([](Stage& stage) {
    auto request = stage.shake_hands(greeting(4) + change(4) + change(5));
    stage.read(1);
    return request;
  });
  const auto api = client_of(peer);
  {
    LiveUpdates updates(api, {{"a", "b"}, std::nullopt});
    const auto events = collect(updates, 2);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].kind, Kind::connected);
    EXPECT_EQ(events[1].kind, Kind::change);
    EXPECT_EQ(events[1].message["revision"], 5) << "4 was there before";
    EXPECT_TRUE(updates.is_connected());
  }
  EXPECT_THAT(peer.played(), HasSubstr("GET /ws/updates?services=a,b HTTP/1.1"));
}

TEST_F(LiveUpdatesTest, AsksForWhatCameAfterARevision) {
  WebSocketPeer peer([](Stage& stage) {
    auto request =
        stage.shake_hands(greeting(9, R"(,"replay":{"since":7,"complete":true,"messages":1})") +
                          change(8) + change(9));
    stage.read(1);
    return request;
  });
  const auto api = client_of(peer);
  {
    LiveUpdates updates(api, {{"a"}, 7});
    const auto events = collect(updates, 3);
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0].kind, Kind::connected);
    EXPECT_EQ(events[2].message["revision"], 9);
  }
  EXPECT_THAT(peer.played(), HasSubstr("GET /ws/updates?since=7&services=a HTTP/1.1"));
}

TEST_F(LiveUpdatesTest, TellsOfAGap) {
  WebSocketPeer peer([](Stage& stage) {
    stage.shake_hands(greeting(9, R"(,"replay":{"since":70,"complete":false,"messages":0})"));
    return stage.read(1);
  });
  const auto api = client_of(peer);
  LiveUpdates updates(api, {{}, 70});
  const auto events = collect(updates, 1);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, Kind::gap);
}

TEST_F(LiveUpdatesTest, ALostConnectionIsToldAndTriedAgain) {
  WebSocketPeer peer([](Stage& stage) { return stage.shake_hands(greeting(4) + change(5, true)); });
  const auto api = client_of(peer);
  LiveUpdates updates(api, {});
  const auto events = collect(updates, 3);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[1].kind, Kind::change);
  EXPECT_EQ(events[2].kind, Kind::lost);
  EXPECT_EQ(events[2].text, "the connection was cut");
  EXPECT_FALSE(updates.is_connected());
}

TEST_F(LiveUpdatesTest, AStopEndsThePauseBeforeTheNextAttempt) {
  test::TestSocket bound("127.0.0.1", SOCK_STREAM);
  bound.bind("127.0.0.1", 0);
  const auto api =
      ApiClient::make({"http://127.0.0.1:" + std::to_string(bound.port()), "", ""}).value();
  LiveUpdates updates(api, {});
  EXPECT_EQ(updates.next(60s, never_.get()).at(0).kind, Kind::lost);
  const UniqueFd stop(::eventfd(1, EFD_CLOEXEC));
  EXPECT_TRUE(updates.next(60s, stop.get()).empty());
}

}  // namespace
}  // namespace pm
