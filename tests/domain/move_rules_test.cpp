#include "domain/move_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/domain_support.h"

namespace pm {
namespace {

using std::string;
using test::all_of;
using test::port;
using test::refused;
using test::self;
using test::Suite;
using test::tcp;
using testing::ElementsAre;
using testing::IsEmpty;

/// "a" on 8000, "b" on 8001 and so on.
Suite suite_of(int count) {
  Suite suite;
  for (int i = 0; i < count; ++i) {
    EXPECT_TRUE(suite.assign(string(1, static_cast<char>('a' + i)), tcp(8000 + i)));
  }
  return suite;
}

PortUpdate update(const Suite& suite, const string& service_id, int to) {
  return {service_id, suite.registry().assignment(service_id)->key, port(to)};
}

Expected<std::vector<Move>> begin_batch(Suite& suite, const std::vector<PortUpdate>& updates,
                                        const std::vector<PlannedStep>& steps) {
  return suite.commit([&](Draft& draft) { return pm::begin_batch(draft, updates, steps); });
}

std::vector<PlannedStep> swap_of_a_and_b(int spare) {
  return {{"a", tcp(8000), port(spare), true},
          {"b", tcp(8001), port(8000), false},
          {"a", tcp(spare), port(8001), false}};
}

TEST(BeginMove, ClaimsBothPorts) {
  auto suite = suite_of(1);
  const auto at = suite.context().at;
  const auto move = suite.begin_move("a", 8001);
  ASSERT_TRUE(move);
  EXPECT_EQ(move->move_id, 1);
  EXPECT_EQ(move->from, tcp(8000));
  EXPECT_EQ(move->to, port(8001));
  EXPECT_EQ(move->state, MoveState::pending);
  EXPECT_EQ(move->phase, MovePhase::requested);
  EXPECT_FALSE(move->force);
  EXPECT_EQ(move->batch_id, 0);
  EXPECT_EQ(move->context.at, at);
  EXPECT_EQ(move->context.actor, "tester");
  EXPECT_EQ(suite.last().action, "begin_move");
  EXPECT_EQ(suite.last().changes.size(), 1U);
  EXPECT_EQ(suite.registry().assignment("a")->key, tcp(8000));
  const auto occupied = suite.registry().occupied(string(local_host), Protocol::tcp);
  EXPECT_TRUE(occupied.test(port(8000)));
  EXPECT_TRUE(occupied.test(port(8001)));
}

TEST(BeginMove, Refusals) {
  auto suite = suite_of(2);
  suite.place_self(8050);
  ASSERT_TRUE(suite.register_service(test::service("portless")));
  ASSERT_TRUE(suite.reserve(8040, 8040, "the printer"));
  EXPECT_TRUE(refused(suite.begin_move("nobody", 8010), ErrorCode::unknown_service, "service_id",
                      {"No service nobody"}));
  EXPECT_TRUE(refused(suite.begin_move("portless", 8010), ErrorCode::unknown_port, "service_id",
                      {"portless has no port"}));
  EXPECT_TRUE(refused(suite.begin_move("a", 8000), ErrorCode::already_assigned, "service_id",
                      {"a already has port 8000"}));
  EXPECT_TRUE(refused(suite.begin_move("a", 8001), ErrorCode::port_taken, "port",
                      {"Port 8001 is assigned to b"}));
  EXPECT_TRUE(refused(suite.begin_move("a", 8040), ErrorCode::port_reserved, "port",
                      {"Port 8040 is reserved (the printer)"}));
  EXPECT_TRUE(refused(suite.begin_move("a", 8100), ErrorCode::out_of_bounds, "port",
                      {"Port 8100", "8000-8099"}));
  for (const bool force : {false, true}) {
    EXPECT_TRUE(
        refused(suite.begin_move(self, 8051, force), ErrorCode::forbidden, "service_id", {self}));
  }
  EXPECT_TRUE(
      refused(suite.begin_move("a", 8050), ErrorCode::port_taken, "port", {"Port 8050", self}));
  EXPECT_TRUE(refused(suite.begin_move("a", 8050, true), ErrorCode::forbidden, "port",
                      {"Port 8050", self}));
  EXPECT_TRUE(suite.registry().open_moves().empty());
}

TEST(BeginMove, NotWhileAMoveClaimsOneOfThePorts) {
  auto suite = suite_of(2);
  ASSERT_TRUE(suite.begin_move("a", 8010));
  const std::vector<string> named{"move of a", "port 8000", "port 8010"};
  for (const bool force : {false, true}) {
    EXPECT_TRUE(
        refused(suite.begin_move("a", 8011, force), ErrorCode::move_in_progress, "", named));
    EXPECT_TRUE(
        refused(suite.begin_move("b", 8010, force), ErrorCode::move_in_progress, "", named));
    EXPECT_TRUE(
        refused(suite.begin_move("b", 8000, force), ErrorCode::move_in_progress, "", named));
  }
  EXPECT_TRUE(suite.begin_move("b", 8011));
}

TEST(CommitMove, ChangesEverythingTogether) {
  auto suite = suite_of(1);
  const auto begun = suite.begin_move("a", 8001);
  ASSERT_TRUE(suite.accept_move(begun->move_id));
  EXPECT_EQ(suite.last().action, "accept_move");
  EXPECT_EQ(suite.registry().move_of("a")->phase, MovePhase::accepted);
  EXPECT_EQ(suite.registry().assignment("a")->key, tcp(8000));

  const auto at = suite.context().at;
  const auto settled = suite.commit_move(begun->move_id);
  ASSERT_TRUE(settled);
  EXPECT_EQ(settled->state, MoveState::committed);
  EXPECT_EQ(settled->outcome, "moved");
  EXPECT_EQ(settled->finished_at, at);
  EXPECT_EQ(suite.last().action, "reassign");
  EXPECT_TRUE(suite.registry().open_moves().empty());
  const auto* now = suite.registry().assignment("a");
  EXPECT_EQ(now->key, tcp(8001));
  EXPECT_EQ(now->assigned_at, at);
  EXPECT_THAT(suite.registry().holders(tcp(8000)), IsEmpty());
  EXPECT_THAT(suite.registry().held_ports("a"), ElementsAre(port(8000), port(8001)));
  const auto events = all_of<AppendHistory>(suite.last());
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].event.action, HistoryAction::reassign);
  EXPECT_EQ(events[0].event.old_port, port(8000));
  EXPECT_EQ(events[0].event.new_port, port(8001));
  const auto told = all_of<AnnouncePortChange>(suite.last());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].old_port, port(8000));
  EXPECT_EQ(told[0].new_port, port(8001));
}

TEST(CommitMove, StaysOnItsHostAndProtocol) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", {"db.example", Protocol::udp, port(8000)}));
  ASSERT_TRUE(suite.commit_move(suite.begin_move("a", 8001)->move_id));
  EXPECT_EQ(suite.registry().assignment("a")->key,
            (PortKey{"db.example", Protocol::udp, port(8001)}));
  EXPECT_EQ(all_of<AppendHistory>(suite.last())[0].event.host, "db.example");
}

TEST(CommitMove, LeavingAContestedPortPromotesTheNext) {
  auto suite = suite_of(1);
  ASSERT_TRUE(suite.assign("b", tcp(8000), true));
  ASSERT_TRUE(suite.commit_move(suite.begin_move("a", 8001)->move_id));
  EXPECT_FALSE(suite.registry().assignment("b")->contested);
  EXPECT_FALSE(suite.registry().assignment("a")->contested);
  EXPECT_TRUE(suite.registry().open_conflicts().empty());
}

TEST(CommitMove, ByForceOntoATakenPortIsContested) {
  auto suite = suite_of(2);
  const auto begun = suite.begin_move("a", 8001, true);
  ASSERT_TRUE(begun);
  EXPECT_TRUE(begun->force);
  ASSERT_TRUE(suite.commit_move(begun->move_id));
  EXPECT_TRUE(suite.registry().assignment("a")->contested);
  EXPECT_FALSE(suite.registry().assignment("b")->contested);
  EXPECT_THAT(suite.registry().holders(tcp(8001)), ElementsAre("b", "a"));
}

TEST(RollBackMove, LeavesTheServiceWhereItIs) {
  auto suite = suite_of(1);
  const auto before = *suite.registry().assignment("a");
  const auto begun = suite.begin_move("a", 8001);
  const auto settled = suite.roll_back_move(begun->move_id);
  ASSERT_TRUE(settled);
  EXPECT_EQ(settled->state, MoveState::rolled_back);
  EXPECT_EQ(settled->outcome, "refused");
  EXPECT_TRUE(settled->finished_at);
  EXPECT_EQ(suite.last().action, "roll_back_move");
  EXPECT_EQ(*suite.registry().assignment("a"), before);
  EXPECT_THAT(suite.registry().held_ports("a"), ElementsAre(port(8000)));
  const auto events = all_of<AppendHistory>(suite.last());
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].event.action, HistoryAction::move_failed);
  EXPECT_EQ(events[0].event.old_port, port(8000));
  EXPECT_EQ(events[0].event.new_port, port(8001));
  EXPECT_THAT(all_of<AnnouncePortChange>(suite.last()), IsEmpty());
  EXPECT_TRUE(suite.assign("b", tcp(8001)));
}

TEST(Move, IsSettledOnce) {
  auto suite = suite_of(2);
  const auto id = suite.begin_move("a", 8010)->move_id;
  ASSERT_TRUE(suite.commit_move(id));
  const auto before = test::dump(suite.registry());
  const std::vector<string> named{"Move " + std::to_string(id), "not open"};
  EXPECT_TRUE(refused(suite.commit_move(id), ErrorCode::internal, "", named));
  EXPECT_TRUE(refused(suite.roll_back_move(id), ErrorCode::internal, "", named));
  EXPECT_TRUE(refused(suite.accept_move(id), ErrorCode::internal, "", named));
  EXPECT_TRUE(refused(suite.begin_planned_move(id), ErrorCode::internal, "", named));
  EXPECT_TRUE(refused(suite.commit_move(99), ErrorCode::internal, "", {"Move 99"}));
  EXPECT_EQ(test::dump(suite.registry()), before);
}

TEST(CheckBatch, SwapsChainsAndThoseThatStay) {
  auto suite = suite_of(4);
  EXPECT_TRUE(check_batch(suite.registry(), {}));
  EXPECT_TRUE(check_batch(suite.registry(), {update(suite, "a", 8001), update(suite, "b", 8000),
                                             update(suite, "c", 8003), update(suite, "d", 8010)}));
  EXPECT_TRUE(check_batch(suite.registry(), {update(suite, "a", 8000), update(suite, "b", 8010)}));
}

TEST(CheckBatch, Refusals) {
  auto suite = suite_of(3);
  suite.place_self(8050);
  ASSERT_TRUE(suite.register_service(test::service("portless")));
  ASSERT_TRUE(suite.reserve(8040, 8040));
  const auto check = [&](std::vector<PortUpdate> updates) {
    return check_batch(suite.registry(), updates);
  };
  EXPECT_TRUE(refused(check({{"nobody", tcp(8000), port(8010)}}), ErrorCode::unknown_service,
                      "service_id", {"nobody"}));
  EXPECT_TRUE(refused(check({{"portless", tcp(8000), port(8010)}}), ErrorCode::unknown_port,
                      "service_id", {"portless"}));
  EXPECT_TRUE(
      refused(check({update(suite, self, 8051)}), ErrorCode::forbidden, "service_id", {self}));
  EXPECT_TRUE(refused(check({update(suite, "a", 8010), update(suite, "b", 8010)}),
                      ErrorCode::port_taken, "updates.b", {"Port 8010", "by a", "by b"}));
  EXPECT_TRUE(refused(check({update(suite, "a", 8001), update(suite, "b", 8001)}),
                      ErrorCode::port_taken, "updates.b", {"Port 8001", "by a", "by b"}));
  EXPECT_TRUE(refused(check({update(suite, "a", 8010), update(suite, "b", 8002)}),
                      ErrorCode::port_taken, "updates.b", {"Port 8002 is assigned to c"}));
  EXPECT_TRUE(refused(check({update(suite, "a", 8050)}), ErrorCode::port_taken, "updates.a",
                      {"Port 8050", self}));
  EXPECT_TRUE(refused(check({update(suite, "a", 8040)}), ErrorCode::port_reserved, "updates.a",
                      {"Port 8040"}));
  EXPECT_TRUE(refused(check({update(suite, "a", 8100)}), ErrorCode::out_of_bounds, "updates.a",
                      {"Port 8100", "8000-8099"}));
}

TEST(CheckBatch, NobodyTouchesAMoveUnderWay) {
  auto suite = suite_of(3);
  ASSERT_TRUE(suite.begin_move("c", 8010));
  const std::vector<string> named{"move of c", "port 8002", "port 8010"};
  for (const auto& [service_id, to] : {std::pair("c", 8011), {"a", 8010}, {"a", 8002}}) {
    const auto checked = check_batch(suite.registry(), {update(suite, service_id, to)});
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::move_in_progress);
    for (const auto& name : named) {
      EXPECT_NE(checked.error().message.find(name), string::npos) << checked.error().message;
    }
  }
}

TEST(CheckBatch, AForcedMoveOntoAPortIsInTheWayThoughItsHolderLeaves) {
  auto suite = suite_of(3);
  ASSERT_TRUE(suite.begin_move("c", 8001, true));
  EXPECT_TRUE(
      refused(check_batch(suite.registry(), {update(suite, "a", 8001), update(suite, "b", 8010)}),
              ErrorCode::move_in_progress, "", {"move of c", "port 8001"}));
}

TEST(CheckBatch, APortThatIsLeftMustBePermittedToo) {
  auto suite = suite_of(2);
  ASSERT_TRUE(suite.reserve(8001, 8001, "the printer"));
  EXPECT_TRUE(
      refused(check_batch(suite.registry(), {update(suite, "a", 8001), update(suite, "b", 8000)}),
              ErrorCode::port_reserved, "updates.a", {"Port 8001", "the printer"}));
  ASSERT_TRUE(suite.assign("far", tcp(8100), true));
  EXPECT_TRUE(
      refused(check_batch(suite.registry(), {update(suite, "a", 8100), update(suite, "far", 8010)}),
              ErrorCode::out_of_bounds, "updates.a", {"Port 8100"}));
}

TEST(CheckBatch, WhoStaysNeedsNoPermission) {
  auto suite = suite_of(2);
  ASSERT_TRUE(suite.reserve(8000, 8000));
  ASSERT_TRUE(suite.assign("far", tcp(8100), true));
  EXPECT_TRUE(check_batch(suite.registry(), {update(suite, "a", 8000), update(suite, "far", 8100),
                                             update(suite, "b", 8010)}));
}

TEST(CheckBatch, APortThatOneOfItsTwoHoldersLeavesStaysTaken) {
  auto suite = suite_of(2);
  ASSERT_TRUE(suite.assign("twin", tcp(8000), true));
  EXPECT_TRUE(
      refused(check_batch(suite.registry(), {update(suite, "a", 8010), update(suite, "b", 8000)}),
              ErrorCode::port_taken, "updates.b", {"Port 8000 is assigned to"}));
}

TEST(CheckBatch, GoesByWhereTheServiceIsNow) {
  auto suite = suite_of(2);
  const auto stale = update(suite, "a", 8010);
  ASSERT_TRUE(suite.commit_move(suite.begin_move("a", 8005)->move_id));
  ASSERT_TRUE(suite.assign("new", tcp(8000)));
  EXPECT_TRUE(refused(check_batch(suite.registry(), {stale, update(suite, "b", 8000)}),
                      ErrorCode::port_taken, "updates.b", {"Port 8000 is assigned to new"}));
}

TEST(BeginBatch, RecordsItsStepsInOrderAndClaimsThem) {
  auto suite = suite_of(2);
  ASSERT_TRUE(suite.begin_move("a", 8010));
  ASSERT_TRUE(suite.roll_back_move(1));
  const auto moves = begin_batch(suite, {update(suite, "a", 8001), update(suite, "b", 8000)},
                                 swap_of_a_and_b(8050));
  ASSERT_TRUE(moves);
  ASSERT_EQ(moves->size(), 3U);
  for (std::size_t i = 0; i < moves->size(); ++i) {
    const auto& move = (*moves)[i];
    EXPECT_EQ(move.move_id, 2 + static_cast<std::int64_t>(i));
    EXPECT_EQ(move.batch_id, 2);
    EXPECT_EQ(move.state, MoveState::planned);
    EXPECT_EQ(move.context.actor, "tester");
  }
  EXPECT_EQ((*moves)[2].service_id, "a");
  EXPECT_EQ((*moves)[2].from, tcp(8050));
  EXPECT_EQ(suite.last().action, "begin_bulk_update");
  EXPECT_TRUE(
      refused(suite.assign("new", tcp(8050), true), ErrorCode::move_in_progress, "", {"a"}));
}

TEST(BeginBatch, IsCheckedAgainAndRefusedAsAWhole) {
  auto suite = suite_of(3);
  EXPECT_TRUE(refused(
      begin_batch(suite, {update(suite, "a", 8010), update(suite, "b", 8002)},
                  {{"a", tcp(8000), port(8010), false}, {"b", tcp(8001), port(8002), false}}),
      ErrorCode::port_taken, "updates.b", {"Port 8002 is assigned to c"}));
  EXPECT_TRUE(suite.registry().open_moves().empty());
}

TEST(BeginBatch, ASpareMustBeFree) {
  auto suite = suite_of(3);
  EXPECT_TRUE(refused(begin_batch(suite, {update(suite, "a", 8001), update(suite, "b", 8000)},
                                  swap_of_a_and_b(8002)),
                      ErrorCode::port_taken, "port", {"Port 8002 is assigned to c"}));
  ASSERT_TRUE(suite.reserve(8040, 8040));
  EXPECT_TRUE(refused(begin_batch(suite, {update(suite, "a", 8001), update(suite, "b", 8000)},
                                  swap_of_a_and_b(8040)),
                      ErrorCode::port_reserved, "port", {"Port 8040"}));
  EXPECT_TRUE(suite.registry().open_moves().empty());
}

TEST(BeginPlannedMove, SwapStepByStep) {
  auto suite = suite_of(2);
  const auto moves = begin_batch(suite, {update(suite, "a", 8001), update(suite, "b", 8000)},
                                 swap_of_a_and_b(8050));
  ASSERT_TRUE(moves);
  for (const auto& planned : *moves) {
    const auto begun = suite.begin_planned_move(planned.move_id);
    ASSERT_TRUE(begun) << begun.error().message;
    EXPECT_EQ(begun->state, MoveState::pending);
    EXPECT_EQ(begun->from, suite.registry().assignment(planned.service_id)->key);
    ASSERT_TRUE(suite.commit_move(planned.move_id));
    EXPECT_FALSE(suite.registry().assignment(planned.service_id)->contested);
  }
  EXPECT_EQ(suite.registry().assignment("a")->key, tcp(8001));
  EXPECT_EQ(suite.registry().assignment("b")->key, tcp(8000));
  EXPECT_TRUE(suite.registry().open_moves().empty());
}

TEST(BeginPlannedMove, StartsWhereTheServiceIsAndNotWhereItWasToBe) {
  auto suite = suite_of(2);
  const auto moves = begin_batch(suite, {update(suite, "a", 8001), update(suite, "b", 8000)},
                                 swap_of_a_and_b(8050));
  ASSERT_TRUE(moves);
  ASSERT_TRUE(suite.roll_back_move((*moves)[0].move_id));
  ASSERT_TRUE(suite.roll_back_move((*moves)[1].move_id));
  ASSERT_TRUE(suite.release("b"));
  const auto begun = suite.begin_planned_move((*moves)[2].move_id);
  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_EQ(begun->from, tcp(8000));
  ASSERT_TRUE(suite.commit_move(begun->move_id));
  EXPECT_EQ(all_of<AppendHistory>(suite.last())[0].event.old_port, port(8000));
}

TEST(BeginPlannedMove, WaitsForNobodyWhoDidNotLeave) {
  auto suite = suite_of(2);
  const auto moves =
      begin_batch(suite, {update(suite, "a", 8001), update(suite, "b", 8010)},
                  {{"b", tcp(8001), port(8010), false}, {"a", tcp(8000), port(8001), false}});
  ASSERT_TRUE(moves);
  ASSERT_TRUE(suite.roll_back_move((*moves)[0].move_id));
  EXPECT_THAT(all_of<AppendHistory>(suite.last()), IsEmpty()) << "it had not begun";
  EXPECT_TRUE(refused(suite.begin_planned_move((*moves)[1].move_id), ErrorCode::port_taken, "",
                      {"Port 8001", "held by b"}));
}

}  // namespace
}  // namespace pm
