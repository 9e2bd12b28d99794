#include "http/live_feed.h"

#include <gmock/gmock.h>

#include <future>
#include <list>
#include <thread>

#include "http/live_peer.h"
#include "http/test_server.h"
#include "support/eventually.h"
#include "support/manual_clock.h"

namespace pm::test {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t megabyte_of_changes = 8'000;  // in messages, somewhat more than a megabyte

Snapshot registry_at(std::int64_t revision) {
  Registry registry(std::make_shared<const SuiteConfig>());
  registry.set_revision(revision);
  return std::make_shared<const Registry>(std::move(registry));
}

/// A commit in which each of the services gets another port, and so has a message.
CommitNotice commit_of(std::int64_t revision, const std::vector<std::string>& services) {
  auto changes = std::make_shared<ChangeSet>();
  changes->action = "assign";
  for (const auto& service : services) {
    changes->add(AnnouncePortChange{service, std::nullopt, Port::clamped(8000)});
  }
  return {revision, {"test", "", "", ManualClock::start}, changes, registry_at(revision)};
}

CommitNotice commit_of(std::int64_t revision, std::size_t count = 1,
                       const std::string& service = "passport") {
  return commit_of(revision, std::vector<std::string>(count, service));
}

LiveFeed::Wish since(std::int64_t revision) {
  return {revision, {}};
}

/// A feed with its loop and clients, at revision 1.
class LiveFeedTest : public testing::Test {
 protected:
  ~LiveFeedTest() override { loop_.stop(); }

  LiveFeed& feed(LiveFeed::Options options = {}) {
    if (!feed_) {
      feed_ =
          std::make_unique<LiveFeed>(loop_, clock_, options, RecentEvents{{}, 1}, registry_at(1));
    }
    return *feed_;
  }
  void take(LivePeer& peer, LiveFeed::Wish wish = {}) {
    feed().take(peer.take_server(), "", std::move(wish), feed().reserve());
  }
  /// Commits revisions up to that one, each of `count` messages.
  void commit_up_to(std::int64_t last, std::size_t count = 1) {
    while (revision_ < last) feed().on_commit(commit_of(++revision_, count));
  }
  /// All that was handed to the loop so far is done.
  void settle() {
    std::promise<void> done;
    ASSERT_TRUE(loop_.post([&] { done.set_value(); }));
    done.get_future().wait();
  }

  ManualClock clock_;
  std::unique_ptr<LiveFeed> feed_;
  std::int64_t revision_{1};
  DetachedLoop loop_;
};

void expect_revisions(LivePeer& peer, std::int64_t first, std::int64_t last) {
  for (auto revision = first; revision <= last; ++revision) {
    const auto message = peer.message();
    ASSERT_EQ(message["type"], "port_change");
    ASSERT_EQ(message["revision"], revision);
  }
}

TEST_F(LiveFeedTest, TheFirstMessageSaysWhereOneStands) {
  LivePeer peer;
  take(peer);
  const auto hello = peer.message();
  EXPECT_EQ(hello["type"], "connected");
  EXPECT_EQ(hello["revision"], 1);
  EXPECT_FALSE(hello.contains("replay"));
}

TEST_F(LiveFeedTest, ThoseWhoComeWhileChangesFlyAreGreetedFirstAndToldEachOnce) {
  constexpr std::int64_t last = 1'500;
  feed();
  std::list<LivePeer> peers(200);
  std::atomic<bool> over{false};
  std::jthread commits([&] {
    while (revision_ < last || !over) feed().on_commit(commit_of(++revision_));
  });
  for (auto& peer : peers) take(peer, since(1));
  over = true;
  commits.join();
  for (auto& peer : peers) {
    const auto hello = peer.message();
    ASSERT_EQ(hello["type"], "connected");
    ASSERT_EQ(hello["replay"]["complete"], true);
    expect_revisions(peer, 2, last);
  }
}

TEST_F(LiveFeedTest, AReplayOfMegabytesReachesAClientThatReads) {
  constexpr std::int64_t last = 16'000;
  commit_up_to(last);
  LivePeer peer;
  take(peer, since(1));
  settle();
  const auto hello = peer.message();
  EXPECT_EQ(hello["replay"]["complete"], true);
  EXPECT_EQ(hello["replay"]["messages"], last - 1);
  expect_revisions(peer, 2, last);
}

TEST_F(LiveFeedTest, ACommitOfMegabytesReachesAClientThatReads) {
  LivePeer peer;
  take(peer);
  EXPECT_EQ(peer.message()["type"], "connected");
  constexpr auto many = 3 * megabyte_of_changes;
  feed().on_commit(commit_of(2, many));
  settle();
  for (std::size_t i = 1; i <= many; ++i) {
    ASSERT_EQ(peer.message().contains("more"), i < many);
  }
  feed().on_commit(commit_of(3));
  EXPECT_EQ(peer.message()["revision"], 3);
}

TEST_F(LiveFeedTest, WhoDoesNotReadIsCutOffAndTheOthersAreToldAll) {
  LivePeer reader;
  LivePeer deaf(4096);
  take(reader);
  take(deaf);
  EXPECT_EQ(reader.message()["type"], "connected");
  for (std::int64_t revision = 2; feed().cut_off() == 0; ++revision) {
    feed().on_commit(commit_of(revision, 200));
    for (int i = 0; i < 200; ++i) ASSERT_EQ(reader.message()["revision"], revision);
    ASSERT_LT(revision, 1'000);
  }
  EXPECT_EQ(deaf.close_code(), 1013);
  deaf.connection().close();
  EXPECT_TRUE(eventually([&] { return feed().clients() == 1; }));
}

TEST_F(LiveFeedTest, APlaceIsTakenFromBeforeTheHandshakeIsAnswered) {
  LiveFeed::Options options;
  options.max_clients = 2;
  feed(options);
  LivePeer peer;
  take(peer);
  auto other = feed().reserve();
  EXPECT_FALSE(feed().reserve());
  EXPECT_EQ(feed().clients(), 2U);
  other = nullptr;
  EXPECT_TRUE(feed().reserve());
  EXPECT_EQ(peer.message()["type"], "connected");
  peer.connection().close();
  EXPECT_TRUE(eventually([&] { return feed().clients() == 0; }));
}

TEST_F(LiveFeedTest, NothingComesBehindTheCloseOfOneThatDoesNotRead) {
  LivePeer deaf(4096);
  take(deaf);
  std::string both;
  for (int i = 0; i < 8; ++i) {
    both += client_text(std::string(1'000, 'x')) + client_frame(WSLAY_PING, "ping");
  }
  while (feed().cut_off() == 0) deaf.connection().send(both);
  EXPECT_EQ(deaf.close_code(), 1013);
  deaf.connection().send(client_frame(WSLAY_CONNECTION_CLOSE, close_payload(1013)));
  EXPECT_TRUE(deaf.frames_to_end().empty());
}

TEST_F(LiveFeedTest, WhatEndsWithTheConnectionIsStillAnswered) {
  constexpr std::size_t at_once = 16 * 1024;
  std::string bytes;
  while (at_once - bytes.size() > 200) bytes += client_text("hello");
  bytes += client_text(std::string(at_once - bytes.size() - 8, 'x'));
  ASSERT_EQ(bytes.size(), at_once);
  LivePeer peer(256 * 1024);
  peer.connection().send(bytes);
  peer.connection().end_sending();
  take(peer);
  const auto frames = peer.frames_to_end();
  ASSERT_FALSE(frames.empty());
  EXPECT_THAT(frames.back().payload, testing::HasSubstr("xxxx"));
}

TEST_F(LiveFeedTest, WhoCatchesUpIsToldWhatComesMeanwhileInOrder) {
  constexpr std::int64_t before = 8'000;
  constexpr std::int64_t after = 8'500;
  commit_up_to(before);
  LivePeer peer;
  take(peer, since(1'000));
  settle();
  commit_up_to(after);
  settle();
  EXPECT_EQ(peer.message()["replay"]["messages"], before - 1'000);
  expect_revisions(peer, 1'001, after);
  commit_up_to(after + 1);
  expect_revisions(peer, after + 1, after + 1);
}

TEST_F(LiveFeedTest, WhoCatchesUpTooSlowlyIsCutOffWhenWhatItMissedIsDropped) {
  LiveFeed::Options options;
  options.replay.messages = 4'000;
  feed(options);
  commit_up_to(4'000);
  LivePeer peer(4096);
  take(peer, since(1));
  settle();
  commit_up_to(9'000);
  settle();
  EXPECT_EQ(peer.message()["replay"]["complete"], true);
  std::int64_t last = 1;
  for (;;) {
    const auto frame = peer.frame();
    if (frame.opcode == WSLAY_CONNECTION_CLOSE) {
      EXPECT_EQ(close_code_of(frame), 1013);
      break;
    }
    ASSERT_EQ(Json::parse(frame.payload)["revision"], ++last);
  }
  EXPECT_LT(last, 5'000);
  EXPECT_EQ(feed().cut_off(), 1U);
}

TEST_F(LiveFeedTest, WhoWantsSomeServicesIsToldOfTheseInReplayAndLive) {
  for (std::int64_t revision = 2; revision <= 9; ++revision) {
    feed().on_commit(commit_of(revision, 1, revision % 2 == 0 ? "even" : "odd"));
  }
  LivePeer peer;
  take(peer, {2, {"odd", "other"}});
  EXPECT_EQ(peer.message()["replay"]["messages"], 4);
  for (const int revision : {3, 5, 7, 9}) EXPECT_EQ(peer.message()["revision"], revision);
  feed().on_commit(commit_of(10, 1, "even"));
  feed().on_commit(commit_of(11, 1, "odd"));
  EXPECT_EQ(peer.message()["revision"], 11);
  peer.say(R"({"type": "subscribe", "services": []})");
  EXPECT_EQ(peer.message()["type"], "subscribed");
  feed().on_commit(commit_of(12, 1, "even"));
  EXPECT_EQ(peer.message()["revision"], 12);
}

TEST_F(LiveFeedTest, MoreIsSaidOfWhatTheClientItselfIsTold) {
  const auto mixed = [](std::int64_t revision) {
    return commit_of(revision, {"even", "odd", "even", "odd", "even"});
  };
  const auto expect_two = [](LivePeer& peer, std::int64_t revision) {
    for (const bool is_last : {false, true}) {
      const auto message = peer.message();
      EXPECT_EQ(message["service_id"], "odd");
      EXPECT_EQ(message["revision"], revision);
      EXPECT_EQ(message.contains("more"), !is_last);
    }
  };
  feed().on_commit(mixed(2));
  feed().on_commit(mixed(3));
  LivePeer peer;
  take(peer, {1, {"odd"}});
  EXPECT_EQ(peer.message()["replay"]["messages"], 4);
  expect_two(peer, 2);
  expect_two(peer, 3);
  feed().on_commit(mixed(4));
  expect_two(peer, 4);
}

TEST_F(LiveFeedTest, WhatIsNotSentIsNotCounted) {
  LivePeer peer;
  take(peer);
  EXPECT_EQ(peer.message()["type"], "connected");
  feed().on_commit(commit_of(2));
  EXPECT_EQ(peer.message()["revision"], 2);
  peer.connection().send(client_frame(WSLAY_CONNECTION_CLOSE, close_payload(1000)));
  EXPECT_EQ(peer.close_code(), 1000);
  feed().on_commit(commit_of(3));
  settle();
  EXPECT_EQ(feed().clients(), 1U) << "the connection itself has not ended";
  EXPECT_EQ(feed().messages_sent(), 1U);
}

TEST_F(LiveFeedTest, WhatLiesAheadOrTooFarBackIsNotReplayed) {
  commit_up_to(3);
  for (const std::int64_t revision : {0, 4}) {
    LivePeer peer;
    take(peer, since(revision));
    const auto hello = peer.message();
    EXPECT_EQ(hello["replay"]["complete"], false);
    EXPECT_EQ(hello["replay"]["messages"], 0);
    EXPECT_EQ(hello["revision"], 3);
  }
}

TEST_F(LiveFeedTest, ThousandsAreToldByManyThreads) {
  LiveFeed::Options options;
  options.helpers = 3;
  feed(options);
  std::list<LivePeer> peers(600);
  for (auto& peer : peers) take(peer);
  // Some go away meanwhile.
  std::size_t number = 0;
  for (auto& peer : peers) {
    if (++number % 10 == 0) peer.connection().reset();
  }
  constexpr std::int64_t last = 50;
  for (std::int64_t revision = 2; revision <= last; ++revision) {
    feed().on_commit(commit_of(revision, 3));
    settle();
  }
  number = 0;
  for (auto& peer : peers) {
    if (++number % 10 == 0) continue;
    EXPECT_EQ(peer.message()["type"], "connected");
    for (std::int64_t revision = 2; revision <= last; ++revision) {
      for (int i = 0; i < 3; ++i) ASSERT_EQ(peer.message()["revision"], revision);
    }
  }
  EXPECT_TRUE(eventually([&] { return feed().clients() == 540; }));
}

/// Does something when the loop is to end.
class AtTheStop final : public DetachedLoop::Session {
 public:
  AtTheStop(UniqueFd fd, std::function<void()> action)
      : Session(std::move(fd)), action_(std::move(action)) {}

  Events waits_for() const override { return is_over_ ? over : readable; }
  void on_ready(Events /*events*/) override { is_over_ = true; }
  void on_stop() override {
    action_();
    is_over_ = true;
  }

 private:
  std::function<void()> action_;
  bool is_over_{false};
};

TEST_F(LiveFeedTest, WhoComesWhileItStopsIsToldSo) {
  feed();
  LivePeer peer;
  ConnectionPair other;
  loop_.add(std::make_unique<AtTheStop>(other.take_server(), [&] { take(peer); }));
  std::jthread stops([&] { loop_.stop(milliseconds(5'000)); });
  EXPECT_EQ(peer.message()["type"], "connected");
  EXPECT_EQ(peer.close_code(), 1001);
  peer.connection().send(client_frame(WSLAY_CONNECTION_CLOSE, close_payload(1001)));
  peer.connection().close();
  stops.join();
  EXPECT_EQ(feed().clients(), 0U);
}

}  // namespace
}  // namespace pm::test
