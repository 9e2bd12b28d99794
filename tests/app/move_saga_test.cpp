#include "app/move_saga.h"

#include <gmock/gmock.h>

#include "app/moving_world.h"

namespace pm::test {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST_F(MoveSagaTest, MovesARunningService) {
  client.run("kite", 8000);
  const auto result = move();
  ASSERT_TRUE(result.success()) << result.message;
  EXPECT_EQ(result.service_id, "kite");
  EXPECT_EQ(result.old_port.value(), 8000);
  EXPECT_EQ(result.new_port.value(), 8005);
  EXPECT_EQ(result.message, "kite moved from port 8000 to 8005.");
  EXPECT_EQ(result.revision, store.snapshot()->revision());
  EXPECT_TRUE(result.update.contacted);
  EXPECT_TRUE(result.update.success);
  EXPECT_TRUE(result.update.restart_required);
  EXPECT_EQ(result.update.message, "yes");
  EXPECT_EQ(result.update.old_port_released, true);
  EXPECT_EQ(port_of("kite"), 8005);
  EXPECT_EQ(kite_listens_on(), 8005);
  ASSERT_EQ(client.updates().size(), 1U);
  EXPECT_EQ(client.updates()[0].at.value(), 8000);
  EXPECT_EQ(client.updates()[0].old_port.value(), 8000);
  EXPECT_EQ(client.updates()[0].new_port.value(), 8005);
}

TEST_F(MoveSagaTest, AssignmentHistoryAnnouncementAndMoveAreCommittedTogether) {
  client.run("kite", 8000);
  move();
  const std::vector<ChangeSet> last = {store.change_sets().back()};
  EXPECT_EQ(last[0].action, "reassign");
  EXPECT_EQ(changes_of<PutAssignment>(last).size(), 1U);
  EXPECT_EQ(changes_of<AppendHistory>(last).at(0).event.action, HistoryAction::reassign);
  EXPECT_EQ(changes_of<AnnouncePortChange>(last).at(0).new_port, Port::clamped(8005));
  EXPECT_EQ(changes_of<PutMove>(last).at(0).move.state, MoveState::committed);
  EXPECT_EQ(changes_of<AnnouncePortChange>(store.change_sets()).size(), 2U);
}

TEST_F(MoveSagaTest, TheEndIsDatedWhenItHappens) {
  client.run("kite", 8000).polls_until_up = 5;
  move();
  EXPECT_EQ(last_move().context.at, ManualClock::start);
  EXPECT_EQ(last_move().finished_at, ManualClock::start + clock.elapsed());
  EXPECT_GT(clock.elapsed(), milliseconds(0));
}

TEST_F(MoveSagaTest, BothPortsAreClaimedBeforeTheServiceIsTold) {
  client.run("kite", 8000);
  bool seen = false;
  client.watch_updates([&](const FakeServiceClient::Update&) {
    seen = true;
    const auto registry = store.snapshot();
    EXPECT_TRUE(registry->move_to(tcp(8005)));
    EXPECT_EQ(refusal_of_assign("wren", 8005), ErrorCode::move_in_progress);
    EXPECT_EQ(refusal_of_assign("wren", 8000), ErrorCode::move_in_progress);
  });
  move();
  EXPECT_TRUE(seen);
}

TEST_F(MoveSagaTest, AStoppedServiceIsMovedInTheRegistryAlone) {
  const auto result = move();
  ASSERT_TRUE(result.success());
  EXPECT_EQ(port_of("kite"), 8005);
  EXPECT_FALSE(result.update.contacted);
  EXPECT_FALSE(result.update.old_port_released);
  EXPECT_THAT(client.updates(), IsEmpty());
  EXPECT_EQ(result.message,
            "kite moved from port 8000 to 8005 in the registry alone: nobody listens on port 8000, "
            "so the service is stopped. Start kite on port 8005.");
}

TEST_F(MoveSagaTest, AStrangerOnTheOldPortIsNotDisturbed) {
  client.run("wren", 8000);
  const auto result = move();
  ASSERT_TRUE(result.success());
  EXPECT_EQ(port_of("kite"), 8005);
  EXPECT_THAT(client.updates(), IsEmpty());
  EXPECT_EQ(only(client.ports_of("wren")), 8000);
  EXPECT_THAT(result.message, HasSubstr("port 8000 is answered by wren"));
}

TEST_F(MoveSagaTest, OnASharedPortOnlyOneThatSaysItsNameIsTold) {
  have("wren", 8000);
  client.run("", 8000).identity = std::nullopt;
  const auto result = move();
  ASSERT_TRUE(result.success());
  EXPECT_THAT(client.updates(), IsEmpty());
  EXPECT_THAT(result.message, HasSubstr("does not say who it is"));
}

TEST_F(MoveSagaTest, AServiceThatDoesNotSayItsNameIsMovedAllTheSame) {
  client.run("", 8000).identity = std::nullopt;
  const auto result = move();
  EXPECT_TRUE(result.success()) << result.message;
  EXPECT_EQ(client.updates().size(), 1U);
}

TEST_F(MoveSagaTest, RefusesBeforeAnybodyIsTold) {
  client.run("kite", 8000);
  have("wren", 8001);
  have_self(8050);
  reserve(8002);
  Service idle;
  idle.service_id = "idle";
  put_service(idle);
  EXPECT_EQ(refusal("nobody", 8005), ErrorCode::unknown_service);
  EXPECT_EQ(refusal("nobody", 0), ErrorCode::unknown_service);
  EXPECT_EQ(refusal("idle", 8005), ErrorCode::unknown_port);
  EXPECT_EQ(refusal("idle", 0), ErrorCode::unknown_port);
  EXPECT_EQ(refusal("kite", 8001), ErrorCode::port_taken);
  EXPECT_EQ(refusal("kite", 8002), ErrorCode::port_reserved);
  EXPECT_EQ(refusal("kite", 9500), ErrorCode::out_of_bounds);
  EXPECT_EQ(refusal("kite", 8050, true), ErrorCode::forbidden);
  for (const int to : {0, 8005, 8050}) {
    EXPECT_EQ(refusal("itechsmart-port-manager", to, true), ErrorCode::forbidden) << to;
  }
  EXPECT_THAT(probe.asked(), IsEmpty());
}

TEST_F(MoveSagaTest, TheKernelsVetoNamesTheListener) {
  client.run("kite", 8000);
  probe.occupy(8005, "redis", 12);
  const auto result = reassign("kite", 8005);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::port_in_use);
  EXPECT_THAT(result.error().message, HasSubstr("redis (pid 12)"));
  EXPECT_THAT(client.updates(), IsEmpty());
}

TEST_F(MoveSagaTest, ForcePassesOverHolderAndKernel) {
  client.run("kite", 8000);
  have("wren", 8005);
  probe.occupy(8005);
  const auto result = reassign("kite", 8005, true);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->success());
  EXPECT_TRUE(store.snapshot()->assignment("kite")->contested);
  EXPECT_EQ(store.snapshot()->open_conflicts().size(), 1U);
}

TEST_F(MoveSagaTest, TheSamePortIsNothingToDo) {
  client.run("kite", 8000);
  const auto result = reassign("kite", 8000);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->success());
  EXPECT_EQ(result->revision, store.snapshot()->revision());
  EXPECT_EQ(result->message, "kite already has port 8000; nothing to do.");
  EXPECT_THAT(client.contacted(), IsEmpty());
  EXPECT_EQ(store.change_sets().size(), 1U);
}

TEST_F(MoveSagaTest, ChoosesTheLowestFreePortOfItsCategory) {
  Service service;
  service.service_id = "kite";
  service.category = "foundation";
  put_service(service);
  have("wren", 8010);
  probe.occupy(8011);
  const auto result = reassign("kite", 0);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->new_port.value(), 8012);
  EXPECT_EQ(port_of("kite"), 8012);
}

TEST_F(MoveSagaTest, WithoutAFreePortThereIsNoMove) {
  SuiteConfig config;
  config.range = {"suite", Port::clamped(8000), Port::clamped(8000)};
  World small(config);
  small.have("kite", 8000);
  MoveSaga::Command command;
  command.service_id = "kite";
  EXPECT_EQ(small.saga.reassign(context, command).error().code, ErrorCode::range_full);
}

TEST_F(MoveSagaTest, ADryRunTellsThePlanAndDoesNothing) {
  client.run("kite", 8000);
  MoveSaga::Command command;
  command.service_id = "kite";
  command.dry_run = true;
  const auto result = saga.reassign(context, command);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->success());
  EXPECT_EQ(result->message, "Dry run: kite would move from port 8000 to 8001.");
  EXPECT_EQ(store.change_sets().size(), 1U);
  EXPECT_THAT(client.contacted(), IsEmpty());
  command.new_port = Port::clamped(9500);
  EXPECT_EQ(saga.reassign(context, command).error().code, ErrorCode::out_of_bounds);
}

TEST_F(MoveSagaTest, AServiceThatHasLeftThePortMeanwhileIsNotMoved) {
  client.run("kite", 8000);
  MoveSaga::Command command;
  command.service_id = "kite";
  command.expected_from = Port::clamped(8001);
  EXPECT_EQ(saga.reassign(context, command).error().code, ErrorCode::unknown_port);
  EXPECT_THAT(client.updates(), IsEmpty());
  command.expected_from = Port::clamped(8000);
  EXPECT_TRUE(saga.reassign(context, command));
}

TEST_F(MoveSagaTest, OneMoveAtATime) {
  begin("kite", 8005);
  EXPECT_EQ(refusal("kite", 8000), ErrorCode::move_in_progress);
  EXPECT_EQ(refusal("kite", 0), ErrorCode::move_in_progress);
  have("wren", 8001);
  EXPECT_EQ(refusal("kite", 8006), ErrorCode::move_in_progress);
  EXPECT_EQ(refusal("wren", 8005), ErrorCode::move_in_progress);
  EXPECT_EQ(refusal("wren", 8000), ErrorCode::move_in_progress);
}

TEST_F(MoveSagaTest, APlannedMoveThatCannotBeginIsRolledBackWithoutATrace) {
  client.run("kite", 8000);
  have("wren", 8001);
  std::vector<Move> planned;
  commit([&](Draft& draft) -> Expected<void> {
    auto moves = begin_batch(draft, {{"kite", tcp(8000), Port::clamped(8005)}},
                             {{"kite", tcp(8000), Port::clamped(8005)}});
    if (!moves) return tl::unexpected(moves.error());
    planned = *moves;
    return {};
  });
  commit([](Draft& draft) -> Expected<void> {
    detail::put_assignment(draft, "wren", tcp(8005));
    return {};
  });
  const auto result = saga.run_planned(context, planned.at(0));
  ASSERT_FALSE(result.success());
  EXPECT_EQ(result.error->code, ErrorCode::port_taken);
  EXPECT_EQ(last_move().state, MoveState::rolled_back);
  EXPECT_THAT(client.updates(), IsEmpty());
  EXPECT_THAT(history(), Not(testing::Contains(HistoryAction::move_failed)));
}

TEST_F(MoveSagaTest, BringsAServiceHome) {
  client.run("kite", 8050);
  const auto result = saga.bring_home(context, "kite", Port::clamped(8050));
  ASSERT_TRUE(result.success()) << result.message;
  EXPECT_EQ(result.message, "kite went from port 8050 to its port 8000.");
  EXPECT_EQ(result.old_port.value(), 8050);
  EXPECT_EQ(result.new_port.value(), 8000);
  EXPECT_TRUE(result.update.contacted);
  EXPECT_EQ(kite_listens_on(), 8000);
  ASSERT_EQ(client.updates().size(), 1U);
  EXPECT_EQ(client.updates()[0].at.value(), 8050);
  EXPECT_EQ(client.updates()[0].old_port.value(), 8050);
  EXPECT_EQ(store.snapshot()->revision(), 1) << "the registry was right";
}

TEST_F(MoveSagaTest, NobodyIsBroughtHomeWhoIsNotThereAnyMore) {
  auto result = saga.bring_home(context, "kite", Port::clamped(8050));
  EXPECT_EQ(result.error->code, ErrorCode::service_unreachable);
  client.run("wren", 8050);
  result = saga.bring_home(context, "kite", Port::clamped(8050));
  EXPECT_EQ(result.error->code, ErrorCode::service_unreachable);
  EXPECT_THAT(client.updates(), IsEmpty());
}

TEST_F(MoveSagaTest, NobodyIsBroughtToAPortThatIsTaken) {
  client.run("kite", 8050);
  probe.occupy(8000, "nginx", 7);
  auto result = saga.bring_home(context, "kite", Port::clamped(8050));
  EXPECT_EQ(result.error->code, ErrorCode::port_in_use);
  EXPECT_THAT(result.message, HasSubstr("nginx (pid 7)"));
  probe.vacate(8000);
  begin("kite", 8005);
  result = saga.bring_home(context, "kite", Port::clamped(8050));
  EXPECT_EQ(result.error->code, ErrorCode::move_in_progress);
  EXPECT_EQ(saga.bring_home(context, "nobody", Port::clamped(8050)).error->code,
            ErrorCode::unknown_port);
  EXPECT_THAT(client.updates(), IsEmpty());
}

TEST_F(MoveSagaTest, OneThatIsSeenAtItsNewPortNeedsNoWordOfTheKernel) {
  probe.occupy(8005);
  MoveSaga::Command command{"kite", Port::clamped(8005), false, false};
  EXPECT_EQ(saga.reassign(context, command).error().code, ErrorCode::port_in_use);
  command.is_there = true;
  ASSERT_TRUE(saga.reassign(context, command));
  EXPECT_EQ(port_of("kite"), 8005);
}

class KnownStrangerTest : public MoveSagaTest {
 protected:
  /// An open conflict says that a stranger has kite's port.
  void open_conflict() {
    commit([](Draft& draft) -> Expected<void> {
      Conflict conflict;
      conflict.conflict_id = draft.registry().next_conflict_id();
      conflict.type = ConflictType::system_conflict;
      conflict.key = tcp(8000);
      conflict.services = {"kite"};
      conflict.listener = listener("python3", 8000, 7);
      draft.apply(OpenConflict{conflict});
      return {};
    });
  }
};

TEST_F(KnownStrangerTest, WithoutANameItIsNotDisturbed) {
  client.run("", 8000).identity = std::nullopt;
  open_conflict();
  const auto result = move();
  ASSERT_TRUE(result.success());
  EXPECT_THAT(client.updates(), IsEmpty());
  EXPECT_THAT(result.message, HasSubstr("port 8000 is taken by python3 (pid 7) on 127.0.0.1"));
  EXPECT_EQ(port_of("kite"), 8005);
}

TEST_F(KnownStrangerTest, ItsSilenceIsNotWaitedForAsThatOfASlowService) {
  client.run("", 8000).silent = true;
  open_conflict();
  const auto result = move();
  ASSERT_TRUE(result.success());
  EXPECT_THAT(result.message, HasSubstr("port 8000 is taken by python3 (pid 7) on 127.0.0.1"));
  EXPECT_THAT(client.timeouts(), ElementsAre(MoveSaga::Options{}.stranger_timeout));
}

TEST_F(KnownStrangerTest, TheServiceThatCameBackIsMovedByItsName) {
  client.run("kite", 8000);
  open_conflict();
  const auto result = move();
  ASSERT_TRUE(result.success());
  EXPECT_THAT(client.updates(), SizeIs(1));
  EXPECT_EQ(client.ports_of("kite"), std::set{Port::clamped(8005)});
}

}  // namespace
}  // namespace pm::test
