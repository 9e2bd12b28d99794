#include <gmock/gmock.h>

#include "app/kernel_watch.h"
#include "app/watched_world.h"
#include "support/eventually.h"

namespace pm::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// Who is a stranger, who has drifted, and who is where it belongs.
using KernelWatchWhoTest = WatchedWorld;

TEST_F(KernelWatchWhoTest, AStrangerThatTurnsOutToBeTheServiceIsSaid) {
  have("kite", 8000);
  auto& late = run_service("kite", 8000, 1);
  hang(late);
  EXPECT_THAT(found(), ElementsAre("system_conflict kite@8000"));
  late.silent = false;
  clock.advance(std::chrono::seconds(10));
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_THAT(last_resolution(), HasSubstr("is kite after all: it answers /health as kite"));
}

TEST_F(KernelWatchWhoTest, AHealthyServiceOnItsOwnPortIsNone) {
  have("kite", 8000);
  have("wren", 8001);
  run_service("kite", 8000, 1);
  run_service("", 8001, 2).identity = std::nullopt;
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(found(), IsEmpty());
    clock.advance(std::chrono::seconds(1));
  }
  EXPECT_THAT(changes_of<OpenConflict>(store.change_sets()), IsEmpty());
}

TEST_F(KernelWatchWhoTest, AnIllServiceOnItsOwnPortIsNoneEither) {
  have("kite", 8000);
  run_service("kite", 8000, 1).healthy = false;
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(KernelWatchWhoTest, ASquatterThatIsHealthyAsAnotherIsOne) {
  have("kite", 8000);
  run_service("somebody-else", 8000, 1);
  ASSERT_THAT(found(), ElementsAre("system_conflict kite@8000"));
  EXPECT_THAT(open().front().detail, HasSubstr("somebody-else"));
}

TEST_F(KernelWatchWhoTest, AnotherServiceOnThePortIsAStrangerThereAndHasDrifted) {
  have("kite", 8000);
  have("wren", 8001);
  run_service("wren", 8000, 1);
  EXPECT_THAT(found(),
              testing::UnorderedElementsAre("system_conflict kite@8000", "drift wren@8001"));
}

TEST_F(KernelWatchWhoTest, AStoppedServiceIsNone) {
  have("kite", 8000);
  run_service("kite", 8000, 1);
  settle();
  stop_service(1);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(KernelWatchWhoTest, ARestartIsNone) {
  have("kite", 8000);
  run_service("kite", 8000, 1);
  settle();
  stop_service(1);
  auto row = listener("kite", 8000, 2);
  row.since = clock.now();
  auto& restarted = run_service(row, "kite");
  hang(restarted);
  EXPECT_THAT(found(), IsEmpty()) << "it is still starting";
  restarted.silent = false;
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(store.snapshot()->identity("kite")->pid, 2);
  EXPECT_THAT(changes_of<OpenConflict>(store.change_sets()), IsEmpty());
}

TEST_F(KernelWatchWhoTest, OneThatNeverComesUpIsNotItForEver) {
  have("kite", 8000);
  run_service("kite", 8000, 1);
  settle();
  stop_service(1);
  auto row = listener("kite", 8000, 2);
  row.since = clock.now();
  hang(run_service(row, "kite"));
  EXPECT_THAT(found(), IsEmpty());
  clock.advance(std::chrono::seconds(40));
  EXPECT_THAT(found(), ElementsAre("system_conflict kite@8000"));
}

TEST_F(KernelWatchWhoTest, AnotherProgramInThePlaceOfAKnownOneIsAConflictWhateverItAnswers) {
  have("kite", 8000);
  run_service("kite", 8000, 1);
  settle();
  stop_service(1);
  run_service(listener("python3", 8000, 2), "").identity = std::nullopt;
  EXPECT_THAT(found(), ElementsAre("system_conflict kite@8000"));
}

TEST_F(KernelWatchWhoTest, OneThatTakesTheConnectionHasTimeToAnswer) {
  have("kite", 8000);
  run_service("kite", 8000, 1).silent = true;
  look();
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_FALSE(watch.sight()->is_on("kite", tcp(8000)));
  EXPECT_TRUE(eventually([&] { return found().size() == 1; })) << "but not for ever";
}

TEST_F(KernelWatchWhoTest, WhatIsOpenStaysWhileTheStrangerIsAskedAgain) {
  have("kite", 8000);
  auto& stranger = run_service("kite", 8000, 1);
  hang(stranger);
  ASSERT_EQ(found().size(), 1U);
  probe.set_stuck(probe.use(tcp(8000)).listeners.front().inode, false);
  KernelWatch next(store, probe, client, clock, {.own_pid = own_pid});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(next.settle());
    EXPECT_EQ(told().size(), 1U);
  }
  EXPECT_THAT(changes_of<CloseConflict>(store.change_sets()), IsEmpty());
}

TEST_F(KernelWatchWhoTest, AHealthyStrangerWithoutANameDoesNotHideWhereTheServiceIs) {
  have("kite", 8000);
  run_service("kite", 8050, 1);
  run_service(listener("python3", 8000, 2), "").identity = std::nullopt;
  EXPECT_THAT(found(), UnorderedElementsAre("system_conflict kite@8000", "drift kite@8000"));
  EXPECT_TRUE(watch.sight()->is_on("kite", tcp(8050)));
  EXPECT_FALSE(watch.sight()->is_on("kite", tcp(8000)));
}

TEST_F(KernelWatchWhoTest, DriftInsideTheRangeIsFoundByName) {
  have("kite", 8000);
  run_service("kite", 8050, 1);
  ASSERT_THAT(found(), ElementsAre("drift kite@8000"));
  EXPECT_EQ(open().front().listener->port, Port::clamped(8050));
  EXPECT_EQ(open().front().key, tcp(8000));
  stop_service(1);
  run_service("kite", 8000, 2);
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(last_resolution(), "kite listens on its port again.");
}

TEST_F(KernelWatchWhoTest, DriftOutsideTheRangeIsFoundByTheProcess) {
  have("kite", 8000);
  run_service("kite", 8000, 1);
  settle();
  stop_service(1);
  run_service("kite", 12345, 1);
  ASSERT_THAT(found(), ElementsAre("drift kite@8000"));
  EXPECT_EQ(open().front().listener->port, Port::clamped(12345));
}

TEST_F(KernelWatchWhoTest, AServiceThatMovesIsLeftAlone) {
  have("kite", 8000);
  begin("kite", 8001);
  run_service("kite", 8001, 1);
  probe.occupy(8000);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(KernelWatchWhoTest, WhatIsOpenOfOneThatMovesStaysUntilItIsThere) {
  have("kite", 8000);
  probe.occupy(8000);
  settle();
  const auto move = begin("kite", 8001);
  probe.vacate(8000);
  EXPECT_THAT(found(), ElementsAre("system_conflict kite@8000"));
  commit([&](Draft& draft) -> Expected<void> {
    EXPECT_TRUE(commit_move(draft, move.move_id, "moved"));
    return {};
  });
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(KernelWatchWhoTest, ThisVeryProcessOnThePortManagersPortIsNone) {
  have_self(8099);
  probe.add(listener("portmanager", 8099, own_pid));
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_THAT(client.contacted(), IsEmpty()) << "it does not ask itself";
}

TEST_F(KernelWatchWhoTest, AnotherProcessBesideThePortManagerIsAConflict) {
  have_self(8099);
  auto own = listener("portmanager", 8099, own_pid);
  own.address = "127.0.0.1";
  probe.add(own);
  auto other = listener("nginx", 8099, 4711);
  other.address = "10.0.0.7";
  probe.add(other);
  ASSERT_THAT(found(), ElementsAre("system_conflict itechsmart-port-manager@8099"));
  EXPECT_EQ(open().front().listener->pid, 4711);
}

TEST_F(KernelWatchWhoTest, ThePortManagerOnAServicesPortIsAStranger) {
  have("kite", 8000);
  probe.add(listener("portmanager", 8000, own_pid));
  EXPECT_THAT(found(), ElementsAre("system_conflict kite@8000"));
}

TEST_F(KernelWatchWhoTest, WhereThePortManagerServesIsNoDrift) {
  have_self(8099);
  probe.add(listener("portmanager", 8080, own_pid));
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(KernelWatchWhoTest, WhatOneHolderListensOnIsNotTheOthersStranger) {
  have("kite", 8000);
  have("wren", 8000);
  run_service("wren", 8000, 1);
  EXPECT_THAT(found(), ElementsAre("duplicate_assignment kite@8000"));
  EXPECT_TRUE(watch.sight()->is_on("wren", tcp(8000)));
  EXPECT_FALSE(watch.sight()->is_on("kite", tcp(8000)));
}

TEST_F(KernelWatchWhoTest, AStrangerOnASharedPortIsTheStrangerOfAll) {
  have("kite", 8000);
  have("wren", 8000);
  probe.occupy(8000);
  EXPECT_THAT(found(), testing::UnorderedElementsAre("duplicate_assignment kite@8000",
                                                     "system_conflict kite@8000",
                                                     "system_conflict wren@8000"));
}

TEST_F(KernelWatchWhoTest, AGroupThatSharesASocketAddressIsOneService) {
  have("kite", 8000);
  for (const int pid : {1, 2, 3}) run_service("kite", 8000, pid);
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(watch.sight()->of_service.at("kite").size(), 3U);
  stop_service(1);
  run_service("kite", 8000, 4);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(KernelWatchWhoTest, AnotherProgramThatJoinsAGroupIsAStranger) {
  have("kite", 8000);
  run_service("kite", 8000, 1);
  settle();
  probe.add(listener("thief", 8000, 2));
  ASSERT_THAT(found(), ElementsAre("system_conflict kite@8000"));
  EXPECT_EQ(open().front().listener->pid, 2);
  EXPECT_EQ(store.snapshot()->identity("kite")->pid, 1);
}

TEST_F(KernelWatchWhoTest, AWildcardBesideTheServicesAddressIsAStranger) {
  have("kite", 8000);
  run_service("kite", 8000, 1).address = "127.0.0.1";
  auto wildcard = listener("squatter", 8000, 2);
  wildcard.address = "0.0.0.0";
  run_service(wildcard, "squatter");
  ASSERT_THAT(found(), ElementsAre("system_conflict kite@8000"));
  EXPECT_EQ(open().front().listener->pid, 2);
  EXPECT_TRUE(watch.sight()->is_on("kite", tcp(8000)));
}

TEST_F(KernelWatchWhoTest, TheServiceAtTheWildcardHasAStrangerOnLoopback) {
  have("kite", 8000);
  auto wildcard = listener("kite", 8000, 1);
  wildcard.address = "0.0.0.0";
  run_service(wildcard, "kite");
  run_service("squatter", 8000, 2).address = "127.0.0.1";
  ASSERT_THAT(found(), ElementsAre("system_conflict kite@8000"));
  EXPECT_EQ(open().front().listener->pid, 2);
}

TEST_F(KernelWatchWhoTest, OneWhoseOwnerIsNotVisibleIsKnownByWhatItAnswers) {
  have("kite", 8000);
  have("wren", 8001);
  auto hidden = listener("", 8000, 0);
  hidden.executable.clear();
  run_service(hidden, "kite");
  hidden.port = Port::clamped(8001);
  run_service(hidden, "somebody-else");
  EXPECT_THAT(found(), ElementsAre("system_conflict wren@8001"));
  EXPECT_THAT(open().front().detail, HasSubstr("a process that this user may not see"));
  const auto* kite = store.snapshot()->identity("kite");
  ASSERT_TRUE(kite);
  EXPECT_EQ(kite->pid, 0);
  EXPECT_NE(kite->inode, 0U);
}

}  // namespace
}  // namespace pm::test
