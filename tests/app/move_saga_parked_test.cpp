#include "app/move_saga.h"

#include <gmock/gmock.h>

#include "app/moving_world.h"

namespace pm::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// kite (8000) and wren (8001) are to swap their ports by way of 8002, and the program ends in
/// between.
class MoveSagaParkedTest : public MoveSagaTest {
 protected:
  void SetUp() override {
    MoveSagaTest::SetUp();
    have("wren", 8001);
    const std::vector<PortUpdate> updates{{"kite", tcp(8000), Port::clamped(8001)},
                                          {"wren", tcp(8001), Port::clamped(8000)}};
    const std::vector<PlannedStep> steps{{"kite", tcp(8000), Port::clamped(8002), true},
                                         {"wren", tcp(8001), Port::clamped(8000), false},
                                         {"kite", tcp(8002), Port::clamped(8001), false}};
    commit([&](Draft& draft) {
      return begin_batch(draft, updates, steps).map([&](const std::vector<Move>& batch) {
        for (const auto& move : batch) ids.push_back(move.move_id);
      });
    });
    begin_step(0);
  }
  void begin_step(std::size_t step) {
    commit(
        [&](Draft& draft) { return begin_planned_move(draft, ids[step]).map([](const Move&) {}); });
  }
  void commit_step(std::size_t step) {
    commit([&](Draft& draft) {
      return commit_move(draft, ids[step], "Done.").map([](const Move&) {});
    });
  }
  std::vector<std::string> recover() {
    const auto recovery = saga.recover(at_start);
    EXPECT_TRUE(recovery);
    EXPECT_THAT(store.snapshot()->open_moves(), IsEmpty());
    return recovery ? recovery->parked : std::vector<std::string>{};
  }
  /// How that move ended, and with which reason.
  Move ended(std::int64_t move_id) const {
    Move found;
    for (const auto& put : changes_of<PutMove>(store.change_sets())) {
      if (put.move.move_id == move_id) found = put.move;
    }
    return found;
  }

  std::vector<std::int64_t> ids;
  ChangeContext at_start{"port-manager", "Start-up.", "start", ManualClock::start};
};

TEST_F(MoveSagaParkedTest, BetweenTheStepsItIsTakenBack) {
  commit_step(0);
  client.run("kite", 8002);
  client.run("wren", 8001);
  EXPECT_THAT(recover(), IsEmpty());
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_EQ(kite_listens_on(), 8000);
  EXPECT_EQ(port_of("wren"), 8001);
  EXPECT_THAT(ended(ids[2]).outcome,
              HasSubstr("kite is parked on port 8002 and is taken to port 8000"));
  EXPECT_EQ(last_move().state, MoveState::committed);
  EXPECT_EQ(last_move().batch_id, ids[0]);
  EXPECT_THAT(last_move().context.reason, HasSubstr("parked it on port 8002"));
}

TEST_F(MoveSagaParkedTest, WhenTheParkingItselfIsSettledAtTheStartToo) {
  client.run("kite", 8002);
  client.run("wren", 8001);
  EXPECT_THAT(recover(), IsEmpty());
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_EQ(kite_listens_on(), 8000);
}

TEST_F(MoveSagaParkedTest, InTheSecondStepItIsTakenBack) {
  commit_step(0);
  begin_step(1);
  client.run("kite", 8002);
  client.run("wren", 8001);
  EXPECT_THAT(recover(), IsEmpty());
  EXPECT_EQ(kite_listens_on(), 8000);
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_EQ(only(client.ports_of("wren")), 8001);
}

TEST_F(MoveSagaParkedTest, WhoseNewPortIsFreeByThenGoesOn) {
  commit_step(0);
  begin_step(1);
  client.run("kite", 8002);
  client.run("wren", 8000);
  EXPECT_THAT(recover(), IsEmpty());
  EXPECT_EQ(port_of("wren"), 8000);
  EXPECT_EQ(port_of("kite"), 8001);
  EXPECT_EQ(kite_listens_on(), 8001);
}

TEST_F(MoveSagaParkedTest, InTheLastStepItGoesOn) {
  commit_step(0);
  begin_step(1);
  commit_step(1);
  begin_step(2);
  client.run("kite", 8002);
  client.run("wren", 8000);
  EXPECT_THAT(recover(), IsEmpty());
  EXPECT_EQ(kite_listens_on(), 8001);
  EXPECT_EQ(port_of("kite"), 8001);
}

TEST_F(MoveSagaParkedTest, WhoCanGoNowhereIsSaid) {
  commit_step(0);
  client.run("kite", 8002);
  client.run("wren", 8001);
  probe.occupy(8000, "nginx", 7);
  const auto parked = recover();
  ASSERT_EQ(parked.size(), 1U);
  EXPECT_THAT(parked[0], HasSubstr("kite is parked on port 8002 and stays there"));
  EXPECT_THAT(parked[0], HasSubstr("nginx (pid 7)"));
  EXPECT_THAT(parked[0], HasSubstr("portmanager reassign kite 8001"));
  EXPECT_EQ(ended(ids[2]).outcome, parked[0]);
  EXPECT_EQ(port_of("kite"), 8002);
}

TEST_F(MoveSagaParkedTest, WhoRefusesToGoIsSaid) {
  commit_step(0);
  client.run("kite", 8002, {OnUpdate::refuse});
  client.run("wren", 8001);
  const auto parked = recover();
  ASSERT_EQ(parked.size(), 1U);
  EXPECT_THAT(parked[0], HasSubstr("kite refused to move to port 8000"));
  EXPECT_THAT(parked[0], HasSubstr("portmanager reassign kite 8001"));
  EXPECT_EQ(port_of("kite"), 8002);
}

TEST_F(MoveSagaParkedTest, ACrashOnTheWayBackIsTakenUpAgain) {
  commit_step(0);
  auto& kite = client.run("kite", 8002);
  client.run("wren", 8001);
  kite.on_update = {OnUpdate::stay, OnUpdate::stay, OnUpdate::move};
  clock.stop_in_pause(1);
  ASSERT_TRUE(saga.recover(at_start));
  ASSERT_EQ(store.snapshot()->open_moves().size(), 1U);

  ManualClock next_clock;
  MoveSaga next_run{store, client, ports, finder, addresses, next_clock, {}};
  const auto recovery = next_run.recover(at_start);
  ASSERT_TRUE(recovery);
  EXPECT_THAT(recovery->parked, IsEmpty());
  EXPECT_EQ(kite_listens_on(), 8000);
  EXPECT_EQ(port_of("kite"), 8000);
}

TEST_F(MoveSagaParkedTest, OneThatWasMovedBeforeTheUpdateIsNotParked) {
  World world;
  world.have("kite", 8005);
  world.client.run("kite", 8005);
  ASSERT_TRUE(world.saga.reassign(world.context, {"kite", Port::clamped(8000), false, false}));
  auto later = world.context;
  later.at += std::chrono::seconds(1);
  const auto begun = world.store.commit(later, [](Draft& draft) {
    return begin_batch(draft, {{"kite", tcp(8000), Port::clamped(8001)}},
                       {{"kite", tcp(8000), Port::clamped(8001), false}})
        .map([](const std::vector<Move>&) {});
  });
  ASSERT_TRUE(begun);
  ASSERT_TRUE(world.saga.recover(at_start));
  EXPECT_EQ(world.port_of("kite"), 8000);
  EXPECT_THAT(world.store.snapshot()->open_moves(), IsEmpty());
}

}  // namespace
}  // namespace pm::test
