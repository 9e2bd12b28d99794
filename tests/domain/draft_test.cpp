#include "domain/draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/domain_support.h"

namespace pm {
namespace {

using std::string;
using test::all_of;
using test::at_second;
using test::port;
using test::Suite;
using test::tcp;
using testing::ElementsAre;
using testing::IsEmpty;

/// The services of the one open conflict.
std::vector<string> disputants(const Registry& registry) {
  const auto open = registry.open_conflicts().sorted();
  EXPECT_EQ(open.size(), 1U);
  return open.empty() ? std::vector<string>() : open.begin()->second.services;
}

TEST(Draft, ShowsWhatItHasAppliedToNobodyElse) {
  const auto base = test::registry_of();
  Draft draft(base, {"tester", "why", "r-1", at_second(9)});
  EXPECT_TRUE(draft.empty());
  draft.set_action("first");
  draft.apply(PutService{test::service("a")});
  draft.set_action("last");
  EXPECT_TRUE(draft.registry().service("a"));
  EXPECT_FALSE(base.service("a"));
  EXPECT_FALSE(draft.empty());
  EXPECT_EQ(draft.changes().changes.size(), 1U);
  EXPECT_EQ(draft.changes().action, "last");
  EXPECT_EQ(draft.context().actor, "tester");
  EXPECT_TRUE(std::move(draft).take_registry().service("a"));
}

TEST(Draft, AConflictOpensOnceGrowsAndCloses) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  EXPECT_THAT(all_of<OpenConflict>(suite.last()), IsEmpty());

  const auto opened_at = suite.context().at;
  ASSERT_TRUE(suite.assign("b", tcp(8000), true));
  ASSERT_EQ(all_of<OpenConflict>(suite.last()).size(), 1U);
  const auto opened = all_of<OpenConflict>(suite.last())[0].conflict;
  EXPECT_EQ(opened.conflict_id, 1);
  EXPECT_EQ(opened.detected_at, opened_at);
  EXPECT_THAT(opened.services, ElementsAre("a", "b"));

  ASSERT_TRUE(suite.assign("c", tcp(8000), true));
  ASSERT_EQ(all_of<OpenConflict>(suite.last()).size(), 1U);
  const auto grown = all_of<OpenConflict>(suite.last())[0].conflict;
  EXPECT_EQ(grown.conflict_id, 1);
  EXPECT_EQ(grown.detected_at, opened_at);
  EXPECT_THAT(grown.services, ElementsAre("a", "b", "c"));
  EXPECT_NE(grown.detail.find("3 services"), string::npos) << grown.detail;

  ASSERT_TRUE(suite.release("a"));
  EXPECT_THAT(disputants(suite.registry()), ElementsAre("b", "c"));
  const auto closed_at = suite.context().at;
  ASSERT_TRUE(suite.release("c"));
  ASSERT_EQ(all_of<CloseConflict>(suite.last()).size(), 1U);
  const auto closed = all_of<CloseConflict>(suite.last())[0].conflict;
  EXPECT_EQ(closed.conflict_id, 1);
  EXPECT_EQ(closed.resolved_at, closed_at);
  EXPECT_EQ(closed.resolution, "Gone after release by tester.");
  EXPECT_TRUE(suite.registry().open_conflicts().empty());

  ASSERT_TRUE(suite.assign("c", tcp(8000), true));
  EXPECT_EQ(all_of<OpenConflict>(suite.last())[0].conflict.conflict_id, 2);
}

TEST(Draft, AConflictOfOneServiceIsNotThatOfAnother) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8100), true));
  ASSERT_TRUE(suite.commit([&](Draft& draft) -> Expected<void> {
    if (auto released = release(draft, "a"); !released) return tl::unexpected(released.error());
    return assign(draft, {"b", tcp(8100), true}).map([](const auto&) {});
  }));
  EXPECT_EQ(all_of<CloseConflict>(suite.last()).size(), 1U);
  EXPECT_EQ(all_of<OpenConflict>(suite.last()).size(), 1U);
  EXPECT_THAT(disputants(suite.registry()), ElementsAre("b"));
}

TEST(Draft, WhatIsGoneAgainBeforeTheEndNeverWas) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.commit([&](Draft& draft) -> Expected<void> {
    if (auto made = assign(draft, {"b", tcp(8000), true}); !made) {
      return tl::unexpected(made.error());
    }
    return release(draft, "a").map([](const auto&) {});
  }));
  EXPECT_THAT(all_of<OpenConflict>(suite.last()), IsEmpty());
  EXPECT_FALSE(suite.registry().assignment("b")->contested);
}

TEST(Draft, ReservingAnAssignedPortIsReportedAndFollowsTheReason) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.reserve(8000, 8000, "the printer"));
  EXPECT_THAT(disputants(suite.registry()), ElementsAre("a"));
  ASSERT_TRUE(suite.reserve(8000, 8000, "the scanner"));
  ASSERT_EQ(suite.registry().open_conflicts().size(), 1U);
  const auto* conflict = suite.registry().open_conflicts().find(1);
  ASSERT_TRUE(conflict);
  EXPECT_NE(conflict->detail.find("the scanner"), string::npos) << conflict->detail;
  ASSERT_TRUE(suite.unreserve(tcp(8000)));
  EXPECT_TRUE(suite.registry().open_conflicts().empty());
}

Conflict opened(std::int64_t id, ConflictType type, const PortKey& key, const string& service_id) {
  Conflict conflict;
  conflict.conflict_id = id;
  conflict.type = type;
  conflict.key = key;
  conflict.services = {service_id};
  return conflict;
}

Expected<void> open(Suite& suite, const std::vector<Conflict>& conflicts) {
  return suite.commit([&](Draft& draft) {
    for (const auto& conflict : conflicts) draft.apply(OpenConflict{conflict});
    return Expected<void>();
  });
}

std::vector<std::int64_t> ids(const Registry& registry) {
  std::vector<std::int64_t> found;
  for (const auto& [id, conflict] : registry.open_conflicts().sorted()) found.push_back(id);
  return found;
}

TEST(Draft, ConflictsAtUntouchedPortsAreLeftAlone) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(open(suite, {opened(7, ConflictType::out_of_range, tcp(9500), "a"),
                           opened(8, ConflictType::drift, tcp(9500), "a"),
                           opened(9, ConflictType::drift, test::udp(8000), "a")}));
  ASSERT_TRUE(suite.release("a"));
  EXPECT_THAT(all_of<CloseConflict>(suite.last()), IsEmpty());
  EXPECT_THAT(ids(suite.registry()), ElementsAre(7, 8, 9));
}

TEST(Draft, AKernelConflictEndsWithTheServiceThatHadThePort) {
  for (const auto type :
       {ConflictType::system_conflict, ConflictType::drift, ConflictType::ephemeral_overlap}) {
    Suite suite;
    ASSERT_TRUE(suite.assign("a", tcp(8000)));
    ASSERT_TRUE(suite.assign("b", tcp(8000), true));
    const auto duplicate = ids(suite.registry()).at(0);
    ASSERT_TRUE(open(suite, {opened(7, type, tcp(8000), "a"), opened(8, type, tcp(8000), "b")}));
    const auto closed_at = suite.context().at;
    ASSERT_TRUE(suite.release("a"));
    EXPECT_THAT(ids(suite.registry()), ElementsAre(8)) << to_string(type);
    const auto closed = all_of<CloseConflict>(suite.last());
    ASSERT_EQ(closed.size(), 2U);
    EXPECT_THAT((std::vector{closed[0].conflict.conflict_id, closed[1].conflict.conflict_id}),
                testing::UnorderedElementsAre(duplicate, 7));
    for (const auto& [conflict] : closed) {
      EXPECT_EQ(conflict.resolution, "Gone after release by tester.");
      EXPECT_EQ(conflict.resolved_at, closed_at);
    }
    ASSERT_TRUE(suite.remove_service("b"));
    EXPECT_THAT(ids(suite.registry()), IsEmpty()) << to_string(type);
  }
}

TEST(Draft, AKernelConflictStaysWhileItsServiceHasThePort) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(open(suite, {opened(7, ConflictType::system_conflict, tcp(8000), "a")}));
  ASSERT_TRUE(suite.reserve(8000, 8000));
  ASSERT_TRUE(suite.unreserve(tcp(8000)));
  EXPECT_THAT(ids(suite.registry()), ElementsAre(7));
  const auto move = suite.begin_move("a", 8001).value();
  EXPECT_THAT(ids(suite.registry()), ElementsAre(7));
  ASSERT_TRUE(suite.commit_move(move.move_id));
  EXPECT_THAT(ids(suite.registry()), IsEmpty());
}

TEST(Draft, AServiceWithAPortElsewhereDoesNotKeepAKernelConflictOpen) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8001)));
  ASSERT_TRUE(open(suite, {opened(7, ConflictType::drift, tcp(8000), "a"),
                           opened(8, ConflictType::drift, tcp(8000), "nobody")}));
  ASSERT_TRUE(suite.assign("b", tcp(8000)));
  EXPECT_THAT(ids(suite.registry()), IsEmpty());
}

TEST(Draft, SaysOfAllHistoryWhoAskedForItAndWhen) {
  Suite suite;
  const auto context = suite.context();
  HistoryEvent event;
  event.service_id = "a";
  event.host = "127.0.0.1";
  event.old_port = port(8000);
  event.context = {"somebody", "else", "r", at_second(99)};
  Draft draft(suite.registry(), context);
  draft.apply(AppendHistory{event});
  const auto told = all_of<AppendHistory>(draft.changes());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].event.context.actor, context.actor);
  EXPECT_EQ(told[0].event.context.reason, context.reason);
  EXPECT_EQ(told[0].event.context.request_id, context.request_id);
  EXPECT_EQ(told[0].event.context.at, context.at);
  EXPECT_EQ(draft.registry().released_at(tcp(8000)), context.at);
}

TEST(Draft, AnAssignmentThatIsPutElsewhereClosesWhatItLeaves) {
  Suite suite;
  auto assignment = suite.assign("a", tcp(8100), true).value();
  ASSERT_EQ(suite.registry().open_conflicts().size(), 1U);
  assignment.key = tcp(8000);
  ASSERT_TRUE(suite.commit([&](Draft& draft) {
    draft.apply(PutAssignment{assignment});
    return Expected<void>();
  }));
  EXPECT_TRUE(suite.registry().open_conflicts().empty());
}

TEST(Draft, ResolutionWithoutAnActorNamesTheActionAlone) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8100), true));
  Draft draft(suite.registry(), {"", "", "", at_second(3)});
  ASSERT_TRUE(release(draft, "a"));
  draft.reconcile_conflicts();
  ASSERT_EQ(all_of<CloseConflict>(draft.changes()).size(), 1U);
  EXPECT_EQ(all_of<CloseConflict>(draft.changes())[0].conflict.resolution, "Gone after release.");
}

}  // namespace
}  // namespace pm
