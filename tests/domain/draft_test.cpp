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

TEST(Draft, UntouchedPortsAndOtherTypesAreLeftAlone) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  Conflict drift;
  drift.conflict_id = 7;
  drift.type = ConflictType::drift;
  drift.key = tcp(8000);
  drift.services = {"a"};
  Conflict elsewhere = drift;
  elsewhere.conflict_id = 8;
  elsewhere.type = ConflictType::out_of_range;
  elsewhere.key = tcp(9500);
  ASSERT_TRUE(suite.commit([&](Draft& draft) {
    draft.apply(OpenConflict{drift});
    draft.apply(OpenConflict{elsewhere});
    return Expected<void>();
  }));
  ASSERT_TRUE(suite.release("a"));
  EXPECT_THAT(all_of<CloseConflict>(suite.last()), IsEmpty());
  EXPECT_EQ(suite.registry().open_conflicts().size(), 2U);
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
