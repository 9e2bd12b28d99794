#include "app/move_saga.h"

#include <gmock/gmock.h>

#include "app/world.h"

namespace pm::test {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class MoveSagaTest : public testing::Test, public World {
 protected:
  void SetUp() override { have("kite", 8000); }

  Expected<MoveResult> reassign(const std::string& service_id, int to, bool force = false) {
    MoveSaga::Command command;
    command.service_id = service_id;
    if (to != 0) command.new_port = Port::clamped(to);
    command.force = force;
    return saga.reassign(context, command);
  }
  /// The move of kite from 8000 to 8005.
  MoveResult move() {
    const auto result = reassign("kite", 8005);
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(MoveResult{});
  }
  ErrorCode refusal(const std::string& service_id, int to, bool force = false) {
    const auto revision = store.snapshot()->revision();
    const auto result = reassign(service_id, to, force);
    EXPECT_FALSE(result) << service_id;
    EXPECT_EQ(store.snapshot()->revision(), revision);
    EXPECT_THAT(client.updates(), IsEmpty());
    return result ? ErrorCode::internal : result.error().code;
  }
  void expect_undone(const MoveResult& result, ErrorCode code) {
    ASSERT_FALSE(result.success());
    EXPECT_EQ(result.error->code, code);
    EXPECT_EQ(result.message, result.error->message);
    EXPECT_EQ(result.revision, store.snapshot()->revision());
    EXPECT_EQ(port_of("kite"), 8000);
    EXPECT_TRUE(store.snapshot()->open_moves().empty());
    EXPECT_EQ(last_move().state, MoveState::rolled_back);
    EXPECT_EQ(last_move().outcome, result.error->message);
    EXPECT_THAT(history(), ElementsAre(HistoryAction::assign, HistoryAction::move_failed));
  }
  void expect_pending(MovePhase phase) {
    EXPECT_EQ(port_of("kite"), 8000);
    ASSERT_EQ(store.snapshot()->open_moves().size(), 1U);
    EXPECT_EQ(last_move().state, MoveState::pending);
    EXPECT_EQ(last_move().phase, phase);
    EXPECT_THAT(history(), ElementsAre(HistoryAction::assign));
  }
  ErrorCode refusal_of_assign(const std::string& service_id, int port) {
    PortManager::AssignCommand command;
    command.service_id = service_id;
    command.port = Port::clamped(port);
    const auto assigned = ports.assign(context, command);
    return assigned ? ErrorCode::internal : assigned.error().code;
  }
  int kite_listens_on() const { return only(client.ports_of("kite")); }
};

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

TEST_F(MoveSagaTest, ARefusalIsUndone) {
  client.run("kite", 8000, {OnUpdate::refuse});
  const auto result = move();
  expect_undone(result, ErrorCode::service_refused);
  EXPECT_EQ(result.message, "kite refused to move to port 8005: it is busy. It keeps port 8000.");
  EXPECT_TRUE(result.update.contacted);
  EXPECT_FALSE(result.update.success);
  EXPECT_EQ(client.updates().size(), 1U);
  EXPECT_EQ(clock.elapsed(), milliseconds(0));
}

TEST_F(MoveSagaTest, AnHttpErrorIsARefusal) {
  client.run("kite", 8000, {OnUpdate::error});
  const auto result = move();
  expect_undone(result, ErrorCode::service_refused);
  EXPECT_THAT(result.message, HasSubstr("HTTP status 500"));
}

TEST_F(MoveSagaTest, ATimeOutIsUndoneAndTheServiceToldToStay) {
  client.run("kite", 8000, {OnUpdate::hang, OnUpdate::stay});
  const auto result = move();
  expect_undone(result, ErrorCode::service_timeout);
  ASSERT_EQ(client.updates().size(), 2U);
  EXPECT_EQ(client.updates()[1].at.value(), 8000);
  EXPECT_EQ(client.updates()[1].new_port.value(), 8000);
  EXPECT_THAT(result.message, EndsWith("It was told to go back and answers there."));
}

TEST_F(MoveSagaTest, OneThatMovedWithoutAnsweringIsToldToComeBack) {
  client.run("kite", 8000, {OnUpdate::move_silently, OnUpdate::move});
  const auto result = move();
  expect_undone(result, ErrorCode::service_timeout);
  ASSERT_EQ(client.updates().size(), 2U);
  EXPECT_EQ(client.updates()[1].at.value(), 8005);
  EXPECT_EQ(client.updates()[1].new_port.value(), 8000);
  EXPECT_EQ(client.updates()[1].old_port.value(), 8005);
  EXPECT_EQ(kite_listens_on(), 8000);
}

TEST_F(MoveSagaTest, OnASharedPortOneThatDoesNotSayItsNameIsNotToldToGoBack) {
  have("wren", 8000);
  auto& process = client.run("kite", 8000, {OnUpdate::hang});
  client.watch_updates([&](const FakeServiceClient::Update&) { process.identity = std::nullopt; });
  const auto result = move();
  ASSERT_FALSE(result.success());
  EXPECT_EQ(client.updates().size(), 1U);
  EXPECT_THAT(result.message, HasSubstr("It answers on neither port"));
}

TEST_F(MoveSagaTest, ABrokenConnectionIsUndone) {
  client.run("kite", 8000, {OnUpdate::reset, OnUpdate::stay});
  expect_undone(move(), ErrorCode::service_unreachable);
}

TEST_F(MoveSagaTest, OneThatComesUpLateIsWaitedFor) {
  client.run("kite", 8000).polls_until_up = 20;
  const auto result = move();
  EXPECT_TRUE(result.success()) << result.message;
  EXPECT_GT(clock.elapsed(), milliseconds(5'000));
  EXPECT_LT(clock.elapsed(), milliseconds(30'000));
}

TEST_F(MoveSagaTest, OneThatEndsIsUndoneAfterTheTimeToComeUp) {
  client.run("kite", 8000, {OnUpdate::die});
  const auto result = move();
  expect_undone(result, ErrorCode::service_not_up);
  EXPECT_GE(clock.elapsed(), milliseconds(30'000));
  EXPECT_LT(clock.elapsed(), milliseconds(31'000));
  EXPECT_EQ(result.message,
            "kite accepted port 8005 and did not come up there: nobody listens on port 8005. It "
            "keeps port 8000. It answers on neither port; restart it on port 8000.");
  EXPECT_TRUE(result.update.success);
}

TEST_F(MoveSagaTest, OneThatSaysYesAndStaysIsToldToStay) {
  client.run("kite", 8000, {OnUpdate::stay});
  const auto result = move();
  expect_undone(result, ErrorCode::service_not_up);
  ASSERT_EQ(client.updates().size(), 2U);
  EXPECT_EQ(client.updates()[1].at.value(), 8000);
  EXPECT_EQ(client.updates()[1].new_port.value(), 8000);
}

TEST_F(MoveSagaTest, OneThatIsSickOnTheNewPortIsToldToComeBack) {
  client.run("kite", 8000, {OnUpdate::move_unhealthy, OnUpdate::move});
  const auto result = move();
  expect_undone(result, ErrorCode::service_not_up);
  EXPECT_EQ(kite_listens_on(), 8000);
  EXPECT_THAT(result.message, HasSubstr("its health check there says: degraded"));
  EXPECT_THAT(result.message, EndsWith("It was told to go back and answers there."));
}

TEST_F(MoveSagaTest, OneThatRefusesToComeBackIsSaid) {
  client.run("kite", 8000, {OnUpdate::move_unhealthy, OnUpdate::refuse});
  const auto result = move();
  expect_undone(result, ErrorCode::service_not_up);
  EXPECT_EQ(kite_listens_on(), 8005);
  EXPECT_THAT(result.message,
              EndsWith("It answers on port 8005 and refused to go back: it is busy; restart it on "
                       "port 8000."));
}

TEST_F(MoveSagaTest, OneThatDoesNotComeUpOnItsOldPortAgainIsSaid) {
  client.run("kite", 8000, {OnUpdate::move_unhealthy, OnUpdate::die});
  const auto result = move();
  expect_undone(result, ErrorCode::service_not_up);
  EXPECT_THAT(result.message, EndsWith("It was told to go back, but nobody listens on port 8000; "
                                       "restart it on port 8000."));
}

TEST_F(MoveSagaTest, AnImposterOnTheNewPortIsSeenAtOnceAndNotTold) {
  client.run("kite", 8000, {OnUpdate::stay});
  client.run("wren", 8005);
  const auto result = move();
  expect_undone(result, ErrorCode::service_not_up);
  EXPECT_THAT(result.message, HasSubstr("port 8005 is answered by wren"));
  EXPECT_EQ(clock.elapsed(), milliseconds(0));
  EXPECT_EQ(only(client.ports_of("wren")), 8005);
  for (const auto& update : client.updates()) EXPECT_EQ(update.at.value(), 8000);
}

TEST_F(MoveSagaTest, SomebodyWhoWasOnTheNewPortBeforeMustSayItsName) {
  client.run("kite", 8000, {OnUpdate::stay});
  client.run("", 8005).identity = std::nullopt;
  const auto result = move();
  expect_undone(result, ErrorCode::service_not_up);
  EXPECT_THAT(result.message, HasSubstr("somebody was there before"));
}

TEST_F(MoveSagaTest, AnOldPortThatIsLetGoLateIsWaitedFor) {
  client.run("kite", 8000).polls_until_let_go = 5;
  const auto result = move();
  EXPECT_TRUE(result.success());
  EXPECT_EQ(result.update.old_port_released, true);
  EXPECT_THAT(result.message, Not(HasSubstr("Warning")));
  EXPECT_GT(clock.elapsed(), milliseconds(0));
}

TEST_F(MoveSagaTest, AnOldPortThatIsNotLetGoIsAWarning) {
  client.run("kite", 8000, {OnUpdate::keep_old});
  const auto result = move();
  ASSERT_TRUE(result.success());
  EXPECT_EQ(port_of("kite"), 8005);
  EXPECT_EQ(result.update.old_port_released, false);
  EXPECT_THAT(result.message, HasSubstr("Warning: port 8000 is still listened on"));
  EXPECT_GE(clock.elapsed(), milliseconds(10'000));
  EXPECT_LT(clock.elapsed(), milliseconds(11'000));
}

TEST_F(MoveSagaTest, WithoutTheFirstRecordNobodyIsTold) {
  client.run("kite", 8000);
  store.fail_commit(1);
  EXPECT_EQ(refusal("kite", 8005), ErrorCode::storage_full);
  EXPECT_EQ(kite_listens_on(), 8000);
}

TEST_F(MoveSagaTest, WhenTheYesCannotBeRecordedTheServiceIsTakenBack) {
  client.run("kite", 8000);
  store.fail_commit(2);
  const auto result = move();
  expect_undone(result, ErrorCode::storage_full);
  EXPECT_THAT(result.message, HasSubstr("The disk is full"));
  EXPECT_EQ(kite_listens_on(), 8000);
}

TEST_F(MoveSagaTest, WhenTheEndCannotBeRecordedTheMoveStaysPendingForTheNextStart) {
  client.run("kite", 8000);
  store.fail_commit(3);
  const auto result = move();
  ASSERT_FALSE(result.success());
  EXPECT_EQ(result.error->code, ErrorCode::storage_full);
  EXPECT_THAT(result.error->message, HasSubstr("it is pending"));
  expect_pending(MovePhase::accepted);
  EXPECT_EQ(kite_listens_on(), 8005);

  EXPECT_EQ(*saga.recover(context), 1);
  EXPECT_EQ(port_of("kite"), 8005);
}

TEST_F(MoveSagaTest, AnEndThatCouldNotBeRecordedIsRecordedLater) {
  client.run("kite", 8000);
  store.fail_commit(3);
  move();
  store.fail_commit(1);
  saga.record_unrecorded();
  expect_pending(MovePhase::accepted);
  saga.record_unrecorded();
  EXPECT_EQ(port_of("kite"), 8005);
  EXPECT_TRUE(store.snapshot()->open_moves().empty());
  const auto revision = store.snapshot()->revision();
  saga.record_unrecorded();
  EXPECT_EQ(store.snapshot()->revision(), revision);
}

TEST_F(MoveSagaTest, AnUndoingThatCouldNotBeRecordedIsRecordedLater) {
  client.run("kite", 8000, {OnUpdate::refuse});
  store.fail_commit(2);
  move();
  saga.record_unrecorded();
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_EQ(last_move().state, MoveState::rolled_back);
}

TEST_F(MoveSagaTest, WhenTheUndoingCannotBeRecordedTheMoveStaysPending) {
  client.run("kite", 8000, {OnUpdate::refuse});
  store.fail_commit(2);
  const auto result = move();
  ASSERT_FALSE(result.success());
  EXPECT_EQ(result.error->code, ErrorCode::service_refused);
  expect_pending(MovePhase::requested);
}

TEST_F(MoveSagaTest, StoppingWhileTheServiceComesUpLeavesTheMovePending) {
  client.run("kite", 8000).polls_until_up = 1'000;
  clock.stop_in_pause(3);
  const auto result = move();
  ASSERT_FALSE(result.success());
  EXPECT_EQ(result.error->code, ErrorCode::shutting_down);
  EXPECT_THAT(result.message, HasSubstr("is pending and is settled at the next start"));
  expect_pending(MovePhase::accepted);
  EXPECT_EQ(client.updates().size(), 1U);
}

TEST_F(MoveSagaTest, StoppingWhileTheServiceIsAskedLeavesTheMovePending) {
  client.run("kite", 8000, {OnUpdate::hang});
  client.watch_updates([this](const FakeServiceClient::Update&) { clock.stop(); });
  const auto result = move();
  ASSERT_FALSE(result.success());
  EXPECT_EQ(result.error->code, ErrorCode::shutting_down);
  expect_pending(MovePhase::requested);
  EXPECT_EQ(client.updates().size(), 1U);
}

TEST_F(MoveSagaTest, StoppingWhileTheOldPortIsLetGoCommits) {
  client.run("kite", 8000).polls_until_let_go = 1'000;
  clock.stop_in_pause(2);
  EXPECT_TRUE(move().success());
  EXPECT_EQ(port_of("kite"), 8005);
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
  EXPECT_EQ(*settled, 1);
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
  EXPECT_EQ(*world.saga.recover(world.context), 0);
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

TEST_F(MoveSagaTest, RecoverySettlesEveryOpenMove) {
  have("wren", 8001);
  begin("kite", 8005);
  begin("wren", 8006);
  client.run("kite", 8005);
  EXPECT_EQ(*saga.recover(context), 2);
  EXPECT_EQ(port_of("kite"), 8005);
  EXPECT_EQ(port_of("wren"), 8001);
}

TEST_F(MoveSagaTest, RecoveryThatIsToldToStopLeavesTheRestForTheNextStart) {
  have("wren", 8001);
  begin("kite", 8005);
  begin("wren", 8006);
  client.run("kite", 8000, {OnUpdate::move_unhealthy});
  clock.stop_in_pause(1);
  EXPECT_TRUE(saga.recover(context));
  EXPECT_EQ(store.snapshot()->open_moves().size(), 2U);
}

TEST_F(MoveSagaTest, ANameCountsMoreThanAnAnswerWithoutOne) {
  begin("kite", 8005);
  client.run("kite", 8000);
  client.run("", 8005).identity = std::nullopt;
  EXPECT_EQ(*saga.recover(context), 1);
  EXPECT_EQ(port_of("kite"), 8000);
}

TEST_F(MoveSagaTest, RecoveryThatCannotBeRecordedIsAnErrorAndCanBeRepeated) {
  begin("kite", 8005);
  store.fail_commit(1);
  EXPECT_EQ(saga.recover(context).error().code, ErrorCode::storage_full);
  EXPECT_EQ(store.snapshot()->open_moves().size(), 1U);
  EXPECT_EQ(*saga.recover(context), 1);
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
