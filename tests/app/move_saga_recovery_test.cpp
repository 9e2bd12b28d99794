#include "app/move_saga.h"

#include <gmock/gmock.h>

#include "app/moving_world.h"

namespace pm::test {
namespace {

using testing::IsEmpty;

class MoveSagaRecoveryTest : public MoveSagaTest {};

enum class Whereabouts { at_new, at_old, nowhere, strangers };

struct Crash {
  MoveState state;
  MovePhase phase;
  Whereabouts service;
  MoveState settled;
  int port;      ///< in the registry, afterwards
  bool is_told;  ///< to stay on its old port
};

void PrintTo(const Crash& crash, std::ostream* out) {
  *out << to_string(crash.state) << ", " << to_string(crash.phase) << ", service "
       << static_cast<int>(crash.service);
}

class Recovery : public testing::TestWithParam<Crash> {};

TEST_P(Recovery, SettlesByWhereTheServiceIs) {
  const auto& crash = GetParam();
  World world;
  world.have("kite", 8000);
  world.commit([&](Draft& draft) -> Expected<void> {
    auto begun = begin_move(draft, "kite", Port::clamped(8005), false);
    if (!begun) return tl::unexpected(begun.error());
    begun->state = crash.state;
    begun->phase = crash.phase;
    draft.apply(PutMove{*begun});
    return {};
  });
  switch (crash.service) {
    case Whereabouts::at_new:
      world.client.run("kite", 8005);
      break;
    case Whereabouts::at_old:
      world.client.run("kite", 8000);
      break;
    case Whereabouts::nowhere:
      break;
    case Whereabouts::strangers:
      world.client.run("wren", 8000);
      world.client.run("swan", 8005);
      break;
  }

  const auto settled = world.saga.recover(world.context);
  ASSERT_TRUE(settled);
  EXPECT_EQ(settled->settled, 1);
  EXPECT_TRUE(world.store.snapshot()->open_moves().empty());
  EXPECT_EQ(world.last_move().state, crash.settled);
  EXPECT_THAT(world.last_move().outcome, testing::StartsWith("Settled at start-up: "));
  EXPECT_EQ(world.port_of("kite"), crash.port);
  const auto updates = world.client.updates();
  ASSERT_EQ(updates.size(), crash.is_told ? 1U : 0U);
  if (crash.is_told) {
    EXPECT_EQ(updates[0].at.value(), 8000);
    EXPECT_EQ(updates[0].new_port.value(), 8000);
  }
  if (crash.state == MoveState::planned) {
    EXPECT_THAT(world.client.contacted(), IsEmpty());
  }
  EXPECT_EQ(world.saga.recover(world.context)->settled, 0);
}

constexpr auto pending = MoveState::pending;
constexpr auto committed = MoveState::committed;
constexpr auto rolled_back = MoveState::rolled_back;

INSTANTIATE_TEST_SUITE_P(
    MoveSaga, Recovery,
    testing::Values(
        Crash{pending, MovePhase::requested, Whereabouts::at_new, committed, 8005, false},
        Crash{pending, MovePhase::requested, Whereabouts::at_old, rolled_back, 8000, true},
        Crash{pending, MovePhase::requested, Whereabouts::nowhere, rolled_back, 8000, false},
        Crash{pending, MovePhase::requested, Whereabouts::strangers, rolled_back, 8000, false},
        Crash{pending, MovePhase::accepted, Whereabouts::at_new, committed, 8005, false},
        Crash{pending, MovePhase::accepted, Whereabouts::at_old, rolled_back, 8000, true},
        Crash{pending, MovePhase::accepted, Whereabouts::nowhere, committed, 8005, false},
        Crash{pending, MovePhase::accepted, Whereabouts::strangers, committed, 8005, false},
        Crash{MoveState::planned, MovePhase::requested, Whereabouts::at_new, rolled_back, 8000,
              false},
        Crash{MoveState::planned, MovePhase::requested, Whereabouts::at_old, rolled_back, 8000,
              false},
        Crash{MoveState::planned, MovePhase::requested, Whereabouts::nowhere, rolled_back, 8000,
              false}));

TEST_F(MoveSagaRecoveryTest, RecoverySettlesEveryOpenMove) {
  have("wren", 8001);
  begin("kite", 8005);
  begin("wren", 8006);
  client.run("kite", 8005);
  EXPECT_EQ(saga.recover(context)->settled, 2);
  EXPECT_EQ(port_of("kite"), 8005);
  EXPECT_EQ(port_of("wren"), 8001);
}

TEST_F(MoveSagaRecoveryTest, RecoveryThatIsToldToStopLeavesTheRestForTheNextStart) {
  have("wren", 8001);
  begin("kite", 8005);
  begin("wren", 8006);
  client.run("kite", 8000, {OnUpdate::move_unhealthy});
  clock.stop_in_pause(1);
  EXPECT_TRUE(saga.recover(context));
  EXPECT_EQ(store.snapshot()->open_moves().size(), 2U);
}

TEST_F(MoveSagaRecoveryTest, ANameCountsMoreThanAnAnswerWithoutOne) {
  begin("kite", 8005);
  client.run("kite", 8000);
  client.run("", 8005).identity = std::nullopt;
  EXPECT_EQ(saga.recover(context)->settled, 1);
  EXPECT_EQ(port_of("kite"), 8000);
  ASSERT_EQ(client.updates().size(), 1U);
  EXPECT_EQ(client.updates()[0].at.value(), 8000);
}

TEST_F(MoveSagaRecoveryTest, OfTwoAnswersWithoutANameThePhaseDecides) {
  have("wren", 8001);
  const auto move_id = begin("wren", 8006).move_id;
  commit([&](Draft& draft) { return accept_move(draft, move_id).map([](const Move&) {}); });
  begin("kite", 8005);
  for (const int port : {8000, 8001, 8005, 8006}) client.run("", port).identity = std::nullopt;
  EXPECT_EQ(saga.recover(context)->settled, 2);
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_EQ(port_of("wren"), 8006);
}

TEST_F(MoveSagaRecoveryTest, OnAPortTakenByForceOnlyANameCounts) {
  have("wren", 8005);
  begin("kite", 8005, true);
  client.run("", 8000).identity = std::nullopt;
  client.run("", 8005).identity = std::nullopt;
  EXPECT_EQ(saga.recover(context)->settled, 1);
  EXPECT_EQ(port_of("kite"), 8000);
  ASSERT_EQ(client.updates().size(), 1U);
  EXPECT_EQ(client.updates()[0].at.value(), 8000);
}

TEST_F(MoveSagaRecoveryTest, AStrangerOnAPortTakenByForceIsNotTheService) {
  begin("kite", 8005, true);
  client.run("", 8005).identity = std::nullopt;
  EXPECT_EQ(saga.recover(context)->settled, 1);
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_THAT(client.updates(), IsEmpty());
}

TEST_F(MoveSagaRecoveryTest, AServiceThatSaysItsNameOnAPortTakenByForceIsThere) {
  have("wren", 8005);
  begin("kite", 8005, true);
  client.run("kite", 8005);
  EXPECT_EQ(saga.recover(context)->settled, 1);
  EXPECT_EQ(port_of("kite"), 8005);
}

TEST_F(MoveSagaRecoveryTest, AKnownStrangerOnTheOldPortIsNotToldToStay) {
  commit([&](Draft& draft) -> Expected<void> {
    Conflict conflict;
    conflict.conflict_id = draft.registry().next_conflict_id();
    conflict.type = ConflictType::system_conflict;
    conflict.key = tcp(8000);
    conflict.services = {"kite"};
    conflict.listener = listener("nameless", 8000, 7);
    draft.apply(OpenConflict{conflict});
    return {};
  });
  begin("kite", 8005);
  client.run("", 8000).identity = std::nullopt;
  EXPECT_EQ(saga.recover(context)->settled, 1);
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_THAT(client.updates(), IsEmpty());
}

TEST_F(MoveSagaRecoveryTest, RecoveryThatCannotBeRecordedIsAnErrorAndCanBeRepeated) {
  begin("kite", 8005);
  store.fail_commit(1);
  EXPECT_EQ(saga.recover(context).error().code, ErrorCode::storage_full);
  EXPECT_EQ(store.snapshot()->open_moves().size(), 1U);
  EXPECT_EQ(saga.recover(context)->settled, 1);
}

}  // namespace
}  // namespace pm::test
