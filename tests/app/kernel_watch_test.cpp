#include "app/kernel_watch.h"

#include <gmock/gmock.h>

#include <functional>
#include <mutex>
#include <thread>

#include "app/watched_world.h"
#include "support/eventually.h"

namespace pm::test {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using KernelWatchTest = WatchedWorld;

TEST_F(KernelWatchTest, ALookThatFindsAllAsBeforeAsksNobodyAndCommitsNothing) {
  have("kite", 8000);
  run_service("kite", 8000, 1);
  settle();
  look();
  const auto asked = client.contacted().size();
  const auto revision = store.snapshot()->revision();
  const auto sight = watch.sight();
  for (int i = 0; i < 3; ++i) {
    clock.advance(std::chrono::hours(1));
    look();
  }
  EXPECT_EQ(client.contacted().size(), asked);
  EXPECT_EQ(store.snapshot()->revision(), revision);
  EXPECT_EQ(watch.sight(), sight);
}

TEST_F(KernelWatchTest, ASquatterIsAConflictOnceTwoLooksAgree) {
  have("kite", 8000);
  probe.occupy(8000, "nginx", 4711);
  look();
  EXPECT_THAT(told(), IsEmpty());
  clock.advance(milliseconds(199));
  look();
  EXPECT_THAT(told(), IsEmpty());
  clock.advance(milliseconds(1));
  look();
  ASSERT_THAT(told(), ElementsAre("system_conflict kite@8000"));
  const auto conflict = open().front();
  EXPECT_EQ(conflict.detected_at, clock.now());
  ASSERT_TRUE(conflict.listener);
  EXPECT_EQ(conflict.listener->pid, 4711);
  EXPECT_THAT(conflict.detail, AllOf(HasSubstr("nginx (pid 4711)"), HasSubstr("kite")));
}

TEST_F(KernelWatchTest, ASquatterSeenOnceOnlyIsNone) {
  have("kite", 8000);
  probe.occupy(8000);
  look();
  probe.vacate(8000);
  clock.advance(milliseconds(500));
  look();
  probe.occupy(8000);
  clock.advance(milliseconds(500));
  look();
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(KernelWatchTest, AConflictEndsOnceTwoLooksSeeNothingOfIt) {
  have("kite", 8000);
  probe.occupy(8000, "nginx", 4711);
  settle();
  const auto opened = open().front();
  probe.vacate(8000);
  look();
  EXPECT_EQ(told().size(), 1U);
  clock.advance(milliseconds(200));
  look();
  EXPECT_THAT(told(), IsEmpty());
  const auto closed = changes_of<CloseConflict>(store.change_sets());
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].conflict.conflict_id, opened.conflict_id);
  EXPECT_EQ(closed[0].conflict.resolved_at, clock.now());
  EXPECT_THAT(last_resolution(), HasSubstr("nginx (pid 4711) on 127.0.0.1 does not listen there"));
}

TEST_F(KernelWatchTest, PortsThatTheKernelMayGiveAwayAreConflicts) {
  have("kite", 8000);
  have("wren", 8050);
  probe.set_ephemeral(*EphemeralPorts::from("8040\t8060", ""));
  EXPECT_THAT(found(), ElementsAre("ephemeral_overlap wren@8050"));
  probe.set_ephemeral(*EphemeralPorts::from("8040\t8060", "8050"));
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(KernelWatchTest, AnIdentityIsRecordedOnce) {
  have("kite", 8000);
  run_service("kite", 8000, 1);
  for (int i = 0; i < 5; ++i) {
    settle();
    have("other-" + std::to_string(i), 8010 + i);
  }
  EXPECT_EQ(changes_of<PutIdentity>(store.change_sets()).size(), 1U);
  const auto* kite = store.snapshot()->identity("kite");
  ASSERT_TRUE(kite);
  EXPECT_EQ(kite->pid, 1);
  EXPECT_EQ(kite->start_ticks, 10U);
  EXPECT_EQ(kite->executable, "/opt/kite");
  EXPECT_TRUE(kite->named_itself);
}

TEST_F(KernelWatchTest, WhatWasLearnedOutlivesTheWatch) {
  have("kite", 8000);
  auto& process = run_service("kite", 8000, 1);
  settle();
  hang(process);
  KernelWatch next(store, probe, client, clock, {.own_pid = own_pid});
  ASSERT_TRUE(next.settle());
  EXPECT_THAT(told(), IsEmpty()) << "it is the process that was learned";
  EXPECT_TRUE(next.sight()->is_on("kite", tcp(8000)));
}

TEST_F(KernelWatchTest, WhatCouldNotBeRecordedIsFoundAgain) {
  have("kite", 8000);
  have("wren", 8001);
  run_service("kite", 8000, 1);
  probe.occupy(8001);
  store.fail_commit(1);
  const auto failed = watch.look();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::storage_full);
  EXPECT_FALSE(store.snapshot()->identity("kite"));
  look();
  EXPECT_TRUE(store.snapshot()->identity("kite"));
  clock.advance(milliseconds(200));
  store.fail_commit(1);
  EXPECT_FALSE(watch.look());
  EXPECT_THAT(told(), IsEmpty());
  look();
  EXPECT_THAT(told(), ElementsAre("system_conflict wren@8001"));
}

TEST_F(KernelWatchTest, AnIdentityThatCouldNotBeRecordedIsLearnedAgain) {
  have("kite", 8000);
  run_service("kite", 8000, 1);
  store.fail_commit(1);
  EXPECT_EQ(watch.look().error().code, ErrorCode::storage_full);
  EXPECT_FALSE(store.snapshot()->identity("kite"));
  look();
  EXPECT_TRUE(store.snapshot()->identity("kite"));
}

TEST_F(KernelWatchTest, ATableThatCannotBeReadIsAnErrorAndClosesNothing) {
  have("kite", 8000);
  probe.occupy(8000);
  settle();
  probe.fail_scan(Error{ErrorCode::internal, "netlink is refused", {}});
  for (int i = 0; i < 3; ++i) {
    clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(watch.look().error().message, "netlink is refused");
  }
  EXPECT_EQ(watch.settle().error().code, ErrorCode::internal);
  EXPECT_EQ(told().size(), 1U);
  probe.fail_scan(std::nullopt);
  EXPECT_EQ(found().size(), 1U);
}

TEST_F(KernelWatchTest, CountsItsLooksAndTheTimeTheyTake) {
  store.observe([&](const CommitNotice&) { clock.advance(milliseconds(7)); });
  have("kite", 8000);
  run_service("kite", 8000, 1);
  look();
  EXPECT_EQ(watch.looks().done, 1U);
  EXPECT_EQ(watch.looks().spent, milliseconds(7)) << "one commit, of who kite is";
  look();
  probe.fail_scan(Error{ErrorCode::internal, "netlink is refused", {}});
  EXPECT_FALSE(watch.look());
  EXPECT_EQ(watch.looks().done, 3U);
  EXPECT_EQ(watch.looks().failed, 1U);
  EXPECT_EQ(watch.looks().spent, milliseconds(7));
}

TEST_F(KernelWatchTest, OneInDoubtIsAskedAnew) {
  have("kite", 8000);
  auto& process = run_service("kite", 8000, 1);
  EXPECT_THAT(found(), IsEmpty());
  process.identity = "thief";
  EXPECT_THAT(found(), IsEmpty()) << "it said that it is kite";
  watch.doubt({"10.0.0.7", Protocol::tcp, Port::clamped(8000)});
  EXPECT_THAT(found(), IsEmpty()) << "another machine's port";
  watch.doubt(tcp(8000));
  EXPECT_THAT(found(), ElementsAre("system_conflict kite@8000"));
}

TEST_F(KernelWatchTest, DoubtBeforeTheFirstLookIsHarmless) {
  watch.doubt(tcp(8000));
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(KernelWatchTest, SettlingEndsWhenTheProgramIsToldToStop) {
  have("kite", 8000);
  probe.occupy(8000);
  clock.stop();
  EXPECT_TRUE(watch.settle());
  EXPECT_EQ(probe.scans(), 1U);
}

/// A clock whose pauses have consequences.
class RestlessClock final : public Clock {
 public:
  explicit RestlessClock(std::function<void()> on_pause) : on_pause_(std::move(on_pause)) {}
  Timestamp now() const override { return inner_.now(); }
  std::chrono::steady_clock::time_point steady_now() const override { return inner_.steady_now(); }
  bool pause(milliseconds duration) override {
    on_pause_();
    return inner_.pause(duration);
  }
  bool stopping() const override { return false; }

 private:
  ManualClock inner_;
  std::function<void()> on_pause_;
};

TEST_F(KernelWatchTest, SettlingDoesNotWaitForEverForWhatNeverRests) {
  have("kite", 8000);
  have("wren", 8001);
  probe.occupy(8000);
  bool first = true;
  RestlessClock restless([&] {
    probe.vacate(first ? 8000 : 8001);
    probe.occupy(first ? 8001 : 8000);
    first = !first;
  });
  KernelWatch dizzy(store, probe, client, restless, {});
  EXPECT_TRUE(dizzy.settle());
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(KernelWatchTest, SettlingWaitsForOneThatIsStillAskedWhoHeIs) {
  have("kite", 8000);
  run_service("kite", 8000, 1).silent = true;
  // The answer comes from another thread: pauses by hand would be over before it has begun.
  RestlessClock patient(
      [&] { eventually([&] { return !told().empty(); }, std::chrono::milliseconds(20)); });
  KernelWatch settling(store, probe, client, patient, {.own_pid = own_pid});
  ASSERT_TRUE(settling.settle());
  EXPECT_THAT(told(), ElementsAre("system_conflict kite@8000"));
}

TEST_F(KernelWatchTest, TheSightIsOfTheLastLook) {
  EXPECT_THAT(watch.sight()->table->all(), IsEmpty());
  have("kite", 8000);
  run_service("kite", 8000, 1);
  run_service("heron", 8050, 2);
  look();
  const auto sight = watch.sight();
  EXPECT_EQ(sight->table, *probe.scan());
  EXPECT_TRUE(sight->is_on("kite", tcp(8000)));
  EXPECT_EQ(sight->unregistered.at("heron").size(), 1U);
  stop_service(1);
  look();
  EXPECT_FALSE(watch.sight()->is_on("kite", tcp(8000)));
  EXPECT_TRUE(sight->is_on("kite", tcp(8000))) << "what was published does not change";
}

class RunningKernelWatchTest : public KernelWatchTest {
 protected:
  void TearDown() override {
    running.stop();
    thread.join();
  }
  void start() {
    thread = std::thread([this] {
      running.run([this](const std::string& message) {
        const std::lock_guard lock(mutex);
        reports.push_back(message);
      });
    });
  }
  std::vector<std::string> reported() {
    const std::lock_guard lock(mutex);
    return reports;
  }
  bool looks(std::size_t times) {
    return eventually([&] { return probe.scans() >= times; });
  }

  KernelWatch running{store, probe, client, clock, {.interval = std::chrono::hours(2)}};
  std::thread thread;
  std::mutex mutex;
  std::vector<std::string> reports;
};

TEST_F(RunningKernelWatchTest, LooksAtOnceAndAfterEachNotice) {
  start();
  ASSERT_TRUE(looks(1));
  have("kite", 8000);
  run_service("kite", 8000, 1);
  running.notify();
  EXPECT_TRUE(looks(2));
  EXPECT_TRUE(eventually([&] { return running.sight()->is_on("kite", tcp(8000)); }));
  EXPECT_LT(probe.scans(), 4U) << "two hours have not passed";
}

TEST_F(RunningKernelWatchTest, FailureAndItsEndAreReportedOnceEach) {
  probe.fail_scan(Error{ErrorCode::internal, "netlink is refused", {}});
  start();
  for (const std::size_t times : {1U, 2U}) {
    ASSERT_TRUE(looks(times));
    running.notify();
  }
  ASSERT_TRUE(looks(3));
  probe.fail_scan(std::nullopt);
  running.notify();
  ASSERT_TRUE(eventually([&] { return reported().size() == 2; }));
  EXPECT_THAT(reported(), ElementsAre("the kernel cannot be watched: netlink is refused",
                                      "the kernel is watched again"));
}

TEST_F(KernelWatchTest, LooksTwiceAnInterval) {
  KernelWatch quick(store, probe, client, clock, {.interval = milliseconds(20)});
  std::thread thread([&] { quick.run([](const std::string&) {}); });
  EXPECT_TRUE(eventually([&] { return probe.scans() >= 3; }));
  quick.stop();
  thread.join();
}

TEST_F(KernelWatchTest, OneThatIsStoppedBeforeItRunsReturns) {
  watch.stop();
  watch.run([](const std::string&) {});
  EXPECT_LE(probe.scans(), 1U);
}

}  // namespace
}  // namespace pm::test
