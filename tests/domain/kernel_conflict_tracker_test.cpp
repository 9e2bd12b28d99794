#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "domain/kernel_conflicts.h"
#include "domain/kernel_support.h"

namespace pm {
namespace {

using namespace std::chrono_literals;
using std::string;
using test::all_of;
using test::at_second;
using test::drifted;
using test::ephemeral;
using test::nginx;
using test::port;
using test::stranger;
using test::tcp;
using test::udp;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Tracker = KernelConflictTracker;

std::chrono::steady_clock::time_point at(int milliseconds) {
  return std::chrono::steady_clock::time_point(std::chrono::milliseconds(milliseconds));
}

struct TrackedSuite : test::KernelSuite {
  /// A look at that many milliseconds, recorded.
  Tracker::Decision look(int milliseconds, const KernelFindings& findings,
                         const EphemeralPorts& settings = {}) {
    auto decision = tracker.look(suite.registry(),
                                 detect_kernel_conflicts(suite.registry(), findings, settings),
                                 at(milliseconds), findings.in_place);
    record(decision);
    return decision;
  }

  void record(const Tracker::Decision& decision) {
    EXPECT_TRUE(
        suite.commit([&](Draft& draft) { return record_kernel_conflicts(draft, decision); }));
  }

  std::vector<Conflict> open() const {
    std::vector<Conflict> conflicts;
    for (const auto& [id, each] : suite.registry().open_conflicts().sorted()) {
      conflicts.push_back(each);
    }
    return conflicts;
  }

  Tracker tracker{1500ms};
};

using TrackKernelConflicts = TrackedSuite;
using RecordKernelConflicts = TrackedSuite;

TEST_F(TrackKernelConflicts, OneOpensWhenALaterLookAgrees) {
  const KernelFindings findings{.strangers = {stranger("kite", tcp(8000))}};
  auto decision = look(0, findings);
  EXPECT_TRUE(decision.empty());
  EXPECT_TRUE(decision.waiting);
  decision = look(1499, findings);
  EXPECT_TRUE(decision.empty());
  EXPECT_TRUE(decision.waiting);
  const auto opened_at = suite.context().at;
  decision = look(1500, findings);
  EXPECT_EQ(decision.open.size(), 1U);
  EXPECT_EQ(suite.last().action, "scan");
  ASSERT_EQ(open().size(), 1U);
  EXPECT_EQ(open()[0].conflict_id, 1);
  EXPECT_EQ(open()[0].type, ConflictType::system_conflict);
  EXPECT_EQ(open()[0].detected_at, opened_at);
  EXPECT_EQ(open()[0].listener, nginx(tcp(8000)));
  decision = look(3000, findings);
  EXPECT_TRUE(decision.empty());
  EXPECT_FALSE(decision.waiting);
  EXPECT_TRUE(suite.last().empty());
}

TEST_F(TrackKernelConflicts, EvenWithoutADelayItTakesTwoLooks) {
  tracker = Tracker(0ms);
  const KernelFindings findings{.strangers = {stranger("kite", tcp(8000))}};
  EXPECT_TRUE(look(5, findings).open.empty());
  EXPECT_EQ(look(5, findings).open.size(), 1U);
  EXPECT_TRUE(look(5, {}).close.empty());
  EXPECT_EQ(look(5, {}).close.size(), 1U);
}

TEST_F(TrackKernelConflicts, WhatWasGoneInBetweenBeginsAnew) {
  const KernelFindings findings{.strangers = {stranger("kite", tcp(8000))}};
  look(0, findings);
  EXPECT_FALSE(look(1000, {}).waiting);
  EXPECT_TRUE(look(2000, findings).empty());
  EXPECT_TRUE(look(3499, findings).empty());
  EXPECT_EQ(look(3500, findings).open.size(), 1U);
}

TEST_F(TrackKernelConflicts, AnotherStrangerOnThePortIsTheSameConflict) {
  auto other = stranger("kite", tcp(8000));
  other.listener.pid = 5;
  look(0, {.strangers = {stranger("kite", tcp(8000))}});
  EXPECT_EQ(look(1500, {.strangers = {other}}).open.size(), 1U);
  EXPECT_EQ(open()[0].listener->pid, 5);
}

TEST_F(TrackKernelConflicts, OneClosesWhenALaterLookAgrees) {
  const KernelFindings findings{.strangers = {stranger("kite", tcp(8000))}};
  look(0, findings);
  look(1500, findings);
  auto decision = look(2000, {});
  EXPECT_TRUE(decision.empty());
  EXPECT_TRUE(decision.waiting);
  EXPECT_FALSE(look(2500, findings).waiting);
  EXPECT_TRUE(look(3000, {}).empty());
  EXPECT_TRUE(look(4499, {}).empty());
  const auto closed_at = suite.context().at;
  decision = look(4500, {});
  EXPECT_EQ(decision.close.size(), 1U);
  EXPECT_THAT(open(), IsEmpty());
  EXPECT_EQ(suite.last().action, "scan");
  const auto closed = all_of<CloseConflict>(suite.last());
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].conflict.conflict_id, 1);
  EXPECT_EQ(closed[0].conflict.resolved_at, closed_at);
  EXPECT_EQ(closed[0].conflict.resolution,
            "nginx (pid 4711) on 0.0.0.0 does not listen there any more.");
  EXPECT_EQ(closed[0].conflict.listener, nginx(tcp(8000)));
  decision = look(6000, {});
  EXPECT_TRUE(decision.empty());
  EXPECT_FALSE(decision.waiting);
}

/// The sentence with which what `before` opens is closed, when `after` is all that is seen.
struct ConflictEnds : TrackedSuite {
  string end(const KernelFindings& before, const KernelFindings& after,
             const EphemeralPorts& settings = {}) {
    look(0, before, settings);
    look(1500, before, settings);
    EXPECT_EQ(open().size(), 1U);
    look(3000, after);
    look(4500, after);
    const auto closed = all_of<CloseConflict>(suite.last());
    EXPECT_EQ(closed.size(), 1U);
    return closed.empty() ? string() : closed[0].conflict.resolution;
  }
};

TEST_F(ConflictEnds, AStrangerThatCannotBeSeen) {
  auto unseen = stranger("kite", tcp(8000));
  unseen.listener.pid = 0;
  EXPECT_EQ(end({.strangers = {unseen}}, {}),
            "A process that this user may not see on 0.0.0.0 does not listen there any more.");
}

TEST_F(ConflictEnds, TheStrangerIsTheServiceAfterAll) {
  auto known = stranger("kite", tcp(8000));
  known.why = "it answers /health as kite";
  EXPECT_EQ(end({.strangers = {stranger("kite", tcp(8000))}}, {.in_place = {known}}),
            "nginx (pid 4711) on 0.0.0.0 is kite after all: it answers /health as kite.");
}

TEST_F(ConflictEnds, TheServiceHasTakenTheStrangersPlace) {
  auto other = stranger("kite", tcp(8000));
  other.listener.inode = 100;
  EXPECT_EQ(end({.strangers = {stranger("kite", tcp(8000))}}, {.in_place = {other}}),
            "nginx (pid 4711) on 0.0.0.0 does not listen there any more.");
}

TEST_F(ConflictEnds, WithoutInodesTheProcessTells) {
  auto before = stranger("kite", tcp(8000));
  before.listener.inode = 0;
  auto after = before;
  EXPECT_THAT(end({.strangers = {before}}, {.in_place = {after}}), HasSubstr("after all"));
}

TEST_F(ConflictEnds, DriftThatCameHome) {
  EXPECT_EQ(end({.drifted = {drifted("kite", tcp(8000), 8050)}},
                {.in_place = {stranger("hawk", tcp(8001)), stranger("kite", tcp(8000))}}),
            "kite listens on its port again.");
}

TEST_F(ConflictEnds, DriftThatStopped) {
  EXPECT_EQ(end({.drifted = {drifted("owl", udp(8000), 8050)}},
                {.in_place = {stranger("hawk", tcp(8001))}}),
            "owl does not listen on port 8050/udp any more.");
}

TEST_F(ConflictEnds, APortThatWasReservedInTheKernel) {
  ASSERT_TRUE(suite.assign("a", udp(33000), true));
  ASSERT_TRUE(suite.commit([](Draft& draft) {
    for (const auto& [id, each] : draft.registry().open_conflicts().sorted()) {
      draft.apply(CloseConflict{each});
    }
    return Expected<void>();
  }));
  EXPECT_EQ(end({}, {}, ephemeral()), "The kernel does not hand port 33000/udp out any more.");
}

TEST_F(TrackKernelConflicts, AChangedListenerIsRenewedAtOnce) {
  look(0, {.strangers = {stranger("kite", tcp(8000))}});
  look(1500, {.strangers = {stranger("kite", tcp(8000))}});
  const auto detected_at = open()[0].detected_at;
  auto other = stranger("kite", tcp(8000));
  other.listener.pid = 5;
  other.listener.process = "caddy";
  const auto decision = look(1600, {.strangers = {other}});
  ASSERT_EQ(decision.open.size(), 1U);
  EXPECT_EQ(decision.open[0].conflict_id, 1);
  EXPECT_EQ(decision.open[0].detected_at, detected_at);
  EXPECT_FALSE(decision.waiting);
  ASSERT_EQ(open().size(), 1U);
  EXPECT_EQ(open()[0].listener, other.listener);
  EXPECT_EQ(open()[0].detected_at, detected_at);
  EXPECT_THAT(open()[0].detail, HasSubstr("caddy (pid 5)"));
  EXPECT_TRUE(look(1700, {.strangers = {other}}).empty());
}

TEST_F(TrackKernelConflicts, EveryFactOfTheListenerCountsButItsTimes) {
  const std::vector<std::function<void(Listener&)>> edits{
      [](auto& each) { each.inode = 100; },        [](auto& each) { each.start_ticks = 7; },
      [](auto& each) { each.uid = 33; },           [](auto& each) { each.executable = "/bin/x"; },
      [](auto& each) { each.unit = "x.service"; }, [](auto& each) { each.user = "www-data"; },
      [](auto& each) { each.v6_only = true; },     [](auto& each) { each.address = "::"; },
      [](auto& each) { each.port = port(8060); },
  };
  auto finding = drifted("kite", tcp(8000), 8050);
  look(0, {.drifted = {finding}});
  look(1500, {.drifted = {finding}});
  for (std::size_t i = 0; i < edits.size(); ++i) {
    edits[i](finding.listener);
    EXPECT_EQ(look(1501, {.drifted = {finding}}).open.size(), 1U) << i;
    EXPECT_EQ(open()[0].listener, finding.listener) << i;
  }
  finding.listener.since = at_second(5);
  finding.listener.started = at_second(4);
  EXPECT_TRUE(look(1502, {.drifted = {finding}}).empty());
  finding.why = "its process is the one that answered as kite";
  EXPECT_EQ(look(1503, {.drifted = {finding}}).open.size(), 1U);
}

TEST_F(TrackKernelConflicts, AServiceThatMovedAwayHasItsOwnClosedAtOnce) {
  const KernelFindings findings{.strangers = {stranger("kite", tcp(8000))}};
  look(0, findings);
  look(1500, findings);
  // As an outside writer of the database would leave it: without the draft's own reconciling.
  Draft draft(suite.registry(), suite.context());
  ASSERT_TRUE(release(draft, "kite"));
  const auto moved = std::move(draft).take_registry();
  const auto decision = tracker.look(moved, {}, at(1501));
  EXPECT_THAT(decision.close,
              ElementsAre(Tracker::Closing{1, "kite does not have port 8000 any more."}));
  EXPECT_FALSE(decision.waiting);
}

TEST_F(TrackKernelConflicts, WhatIsNotFoundOfAServiceOnTheMoveSaysNothing) {
  const KernelFindings findings{.strangers = {stranger("kite", tcp(8000))}};
  look(0, findings);
  look(1500, findings);
  const auto move = suite.begin_move("kite", 8060).value();
  look(3000, {});
  EXPECT_FALSE(look(4500, {}).waiting);
  EXPECT_EQ(open().size(), 1U);
  ASSERT_TRUE(suite.roll_back_move(move.move_id));
  EXPECT_TRUE(look(6000, {}).empty());
  EXPECT_EQ(look(7500, {}).close.size(), 1U);
}

TEST_F(TrackKernelConflicts, WhatIsFoundOfAServiceThatMovedAwayIsNothing) {
  const auto found = detect({.strangers = {stranger("kite", tcp(8000))}});
  ASSERT_TRUE(suite.release("kite"));
  EXPECT_FALSE(tracker.look(suite.registry(), found, at(0)).waiting);
}

TEST_F(TrackKernelConflicts, TheSameFoundTwiceInALookIsOne) {
  auto found = detect({.strangers = {stranger("kite", tcp(8000))}});
  found.push_back(found.front());
  EXPECT_TRUE(tracker.look(suite.registry(), found, at(0)).empty());
  EXPECT_EQ(tracker.look(suite.registry(), found, at(1500)).open.size(), 1U);
}

TEST_F(TrackKernelConflicts, ConflictsOfTheRegistryAreNotTouched) {
  ASSERT_TRUE(suite.assign("crow", tcp(8000), true));
  ASSERT_EQ(open().size(), 1U);
  look(0, {});
  const auto decision = look(9000, {});
  EXPECT_TRUE(decision.empty());
  EXPECT_FALSE(decision.waiting);
  EXPECT_EQ(open().size(), 1U);
}

TEST_F(TrackKernelConflicts, WhatWasNotRecordedIsDecidedAgain) {
  const auto found = detect({.strangers = {stranger("kite", tcp(8000))}});
  tracker.look(suite.registry(), found, at(0));
  EXPECT_EQ(tracker.look(suite.registry(), found, at(1500)).open.size(), 1U);
  const auto again = tracker.look(suite.registry(), found, at(1501));
  EXPECT_EQ(again.open.size(), 1U);
  EXPECT_TRUE(again.waiting);
}

TEST_F(RecordKernelConflicts, OpensNothingThatNoLongerApplies) {
  const auto found =
      detect({.strangers = {stranger("kite", tcp(8000)), stranger("hawk", tcp(8001))}});
  Tracker::Decision decision;
  decision.open = found;
  ASSERT_TRUE(suite.release("kite"));
  record(decision);
  ASSERT_EQ(open().size(), 1U);
  EXPECT_THAT(open()[0].services, ElementsAre("hawk"));
  record(decision);
  EXPECT_EQ(open().size(), 1U);
  EXPECT_TRUE(suite.last().empty());
}

TEST_F(RecordKernelConflicts, OpensOneOnceWithinADecision) {
  Tracker::Decision decision;
  decision.open = detect({.strangers = {stranger("kite", tcp(8000))}});
  decision.open.push_back(decision.open.front());
  record(decision);
  EXPECT_EQ(open().size(), 1U);
}

TEST_F(RecordKernelConflicts, RenewsAndClosesOnlyWhatIsStillOpen) {
  Tracker::Decision opening;
  opening.open = detect({.strangers = {stranger("kite", tcp(8000))}});
  record(opening);
  Tracker::Decision stale;
  stale.open = {open()[0]};
  stale.close = {{1, "Gone."}, {77, "Never was."}};
  ASSERT_TRUE(suite.release("kite"));
  record(stale);
  EXPECT_TRUE(suite.last().empty());
  ASSERT_TRUE(suite.assign("kite", tcp(8000)));
  record(opening);
  ASSERT_EQ(open().size(), 1U);
  EXPECT_EQ(open()[0].conflict_id, 2);
  record(stale);
  EXPECT_TRUE(suite.last().empty()) << "a decision on conflict 1 is none on its successor";
}

TEST_F(RecordKernelConflicts, ARenewalKeepsTheTimeOfTheOpenOne) {
  Tracker::Decision decision;
  decision.open = detect({.strangers = {stranger("kite", tcp(8000))}});
  record(decision);
  const auto detected_at = open()[0].detected_at;
  decision.open = {open()[0]};
  decision.open[0].detail = "Another.";
  decision.open[0].detected_at = at_second(9999);
  record(decision);
  EXPECT_EQ(open()[0].detail, "Another.");
  EXPECT_EQ(open()[0].detected_at, detected_at);
}

}  // namespace
}  // namespace pm
