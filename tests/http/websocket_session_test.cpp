#include "http/websocket_session.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "http/live_peer.h"
#include "support/eventually.h"

namespace pm::test {
namespace {

using std::chrono::milliseconds;
using Bytes = WebSocketSession::Bytes;

Bytes text(std::string_view payload) {
  return std::make_shared<const std::string>(WebSocketCodec::text_frame(payload));
}

/// Says hello, answers a text with the same, and counts what it is told.
class Echo final : public WebSocketSession {
 public:
  struct Events {
    std::atomic<int> drained{0};
    std::atomic<int> cut_off{0};
    std::atomic<bool> ended{false};
  };

  Echo(UniqueFd fd, std::string unread, const Limits& limits, Events& events)
      : WebSocketSession(std::move(fd), std::move(unread), limits), events_(events) {}
  ~Echo() override { events_.ended = true; }

  void end(std::uint16_t code) { close(code, "enough"); }

 private:
  void on_open() override { queue(text("hello")); }
  void on_text(const std::string& message) override { queue(text(message)); }
  void on_drained() override { ++events_.drained; }
  void on_cut_off() override { ++events_.cut_off; }

  Events& events_;
};

class WebSocketSessionTest : public testing::Test {
 protected:
  /// Begins a session; its greeting is not read yet.
  Echo& begin(LivePeer& peer, const std::string& unread = "") {
    auto session = std::make_unique<Echo>(peer.take_server(), unread, limits_, events_);
    auto& begun = *session;
    loop_.add(std::move(session));
    return begun;
  }
  /// Does something with the session as the feed does it.
  void with(Echo& session, const std::function<void()>& action) {
    std::promise<void> done;
    loop_.post([&] {
      action();
      loop_.refresh(session);
      done.set_value();
    });
    done.get_future().wait();
  }
  void send(Echo& session, const std::vector<Bytes>& frames) {
    with(session, [&] { session.send(frames); });
  }

  WebSocketSession::Limits limits_;
  Echo::Events events_;
  DetachedLoop loop_;
};

TEST_F(WebSocketSessionTest, GreetsAndReadsWhatCameBehindTheHandshake) {
  LivePeer peer;
  begin(peer, client_text("early"));
  EXPECT_EQ(peer.frame().payload, "hello");
  EXPECT_EQ(peer.frame().payload, "early");
  peer.say("late");
  EXPECT_EQ(peer.frame().payload, "late");
}

TEST_F(WebSocketSessionTest, FramesSentTogetherComeInOrder) {
  LivePeer peer;
  auto& session = begin(peer);
  std::vector<Bytes> frames;
  for (int i = 0; i < 100; ++i) frames.push_back(text(std::to_string(i)));
  send(session, frames);
  send(session, {text("last")});
  EXPECT_EQ(peer.frame().payload, "hello");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(peer.frame().payload, std::to_string(i));
  EXPECT_EQ(peer.frame().payload, "last");
}

TEST_F(WebSocketSessionTest, ManyAreGivenToOneThatHasTakenAllAndMoreWaitsBehindThem) {
  limits_.queued = 100'000;
  LivePeer peer(4096);
  auto& session = begin(peer);
  const std::vector<Bytes> many(1'000, text(std::string(1'000, 'x')));
  send(session, many);
  // What comes while it takes them is measured by itself.
  send(session, {text(std::string(60'000, 'y'))});
  peer.say("still here");
  EXPECT_EQ(peer.frame().payload, "hello");
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(peer.frame().payload, std::string(1'000, 'x'));
  EXPECT_EQ(peer.frame().payload, std::string(60'000, 'y'));
  EXPECT_EQ(peer.frame().payload, "still here");
  EXPECT_EQ(events_.cut_off, 0);
}

TEST_F(WebSocketSessionTest, OneThatDoesNotReadIsCutOffBehindTheFrameUnderWay) {
  limits_.queued = 100'000;
  LivePeer peer(4096);
  auto& session = begin(peer);
  const std::vector<Bytes> some(50, text(std::string(1'001, 'x')));
  for (int i = 0; events_.cut_off == 0 && i < 100; ++i) send(session, some);
  EXPECT_EQ(events_.cut_off, 1);
  const auto frames = peer.frames_to_close();
  EXPECT_EQ(close_code_of(frames.back()), 1013);
  for (std::size_t i = 1; i + 1 < frames.size(); ++i) {
    ASSERT_EQ(frames[i].payload, std::string(1'001, 'x'));
  }
}

TEST_F(WebSocketSessionTest, OneThatIsCutOffAndReadsNothingAtAllIsForgotten) {
  limits_.queued = 100'000;
  LivePeer peer(4096);
  auto& session = begin(peer);
  const std::vector<Bytes> some(50, text(std::string(1'000, 'x')));
  for (int i = 0; events_.cut_off == 0 && i < 100; ++i) send(session, some);
  EXPECT_TRUE(eventually([&] { return events_.ended.load(); }));
  EXPECT_EQ(loop_.size(), 0U);
}

TEST_F(WebSocketSessionTest, ASilentOneIsPingedAndThenCutOff) {
  limits_.ping_after = milliseconds(300);
  LivePeer peer;
  begin(peer);
  EXPECT_EQ(peer.frame().payload, "hello");
  EXPECT_EQ(peer.frame().opcode, WSLAY_PING);
  EXPECT_TRUE(peer.frames_to_end().empty());
  EXPECT_TRUE(eventually([&] { return events_.ended.load(); }));
}

TEST_F(WebSocketSessionTest, OneThatAnswersPingsStays) {
  limits_.ping_after = milliseconds(300);
  LivePeer peer;
  begin(peer);
  EXPECT_EQ(peer.frame().payload, "hello");
  for (int i = 0; i < 4; ++i) {
    const auto ping = peer.frame();
    ASSERT_EQ(ping.opcode, WSLAY_PING);
    peer.connection().send(client_frame(WSLAY_PONG, ping.payload));
  }
  EXPECT_FALSE(events_.ended);
}

TEST_F(WebSocketSessionTest, OneThatTakesSlowlyWhatWaitsForItIsNoSilentOne) {
  limits_.ping_after = milliseconds(200);
  LivePeer peer(4096);
  auto& session = begin(peer);
  constexpr int frames = 24;
  send(session, std::vector<Bytes>(frames, text(std::string(16'384, 'x'))));
  EXPECT_EQ(peer.frame().payload, "hello");
  // It is at its reading for several times what a ping is given.
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < frames; ++i) {
    EXPECT_EQ(peer.frame().opcode, WSLAY_TEXT_FRAME);
    ASSERT_TRUE(eventually(
        [&] { return std::chrono::steady_clock::now() - begun >= i * milliseconds(50); }));
  }
}

TEST_F(WebSocketSessionTest, TheEndComesBehindWhatIsQueuedAndNothingBehindIt) {
  LivePeer peer;
  auto& session = begin(peer);
  send(session, {text("one")});
  with(session, [&] { session.end(4000); });
  send(session, {text("too late")});
  peer.say("ignored");
  EXPECT_EQ(peer.frame().payload, "hello");
  EXPECT_EQ(peer.frame().payload, "one");
  EXPECT_EQ(peer.close_code(), 4000);
  peer.connection().send(client_frame(WSLAY_CONNECTION_CLOSE, close_payload(4000)));
  EXPECT_TRUE(peer.frames_to_end().empty());
}

TEST_F(WebSocketSessionTest, OneThatDoesNotAnswerACloseIsForgotten) {
  LivePeer peer;
  auto& session = begin(peer);
  with(session, [&] { session.end(1000); });
  EXPECT_EQ(peer.close_code(), 1000);
  EXPECT_TRUE(eventually([&] { return events_.ended.load(); }));
}

TEST_F(WebSocketSessionTest, ItIsToldWhenAllIsSent) {
  LivePeer peer;
  begin(peer);
  EXPECT_EQ(peer.frame().payload, "hello");
  EXPECT_TRUE(eventually([&] { return events_.drained > 0; }));
}

TEST_F(WebSocketSessionTest, AResetEndsIt) {
  LivePeer peer;
  begin(peer);
  EXPECT_EQ(peer.frame().payload, "hello");
  peer.connection().reset();
  EXPECT_TRUE(eventually([&] { return events_.ended.load(); }));
}

TEST_F(WebSocketSessionTest, TheEndOfTheLoopIsTold) {
  LivePeer peer;
  begin(peer);
  EXPECT_EQ(peer.frame().payload, "hello");
  std::jthread stops([&] { loop_.stop(milliseconds(5'000)); });
  EXPECT_EQ(peer.close_code(), 1001);
  peer.connection().send(client_frame(WSLAY_CONNECTION_CLOSE, close_payload(1001)));
  peer.connection().close();
  stops.join();
  EXPECT_TRUE(events_.ended);
}

}  // namespace
}  // namespace pm::test
