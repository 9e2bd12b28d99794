#include "app/move_saga.h"

#include <gmock/gmock.h>

#include "app/moving_world.h"

namespace pm::test {
namespace {

using std::chrono::milliseconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

class MoveSagaUndoneTest : public MoveSagaTest {};

TEST_F(MoveSagaUndoneTest, ARefusalIsUndone) {
  client.run("kite", 8000, {OnUpdate::refuse});
  const auto result = move();
  expect_undone(result, ErrorCode::service_refused);
  EXPECT_EQ(result.message, "kite refused to move to port 8005: it is busy. It keeps port 8000.");
  EXPECT_TRUE(result.update.contacted);
  EXPECT_FALSE(result.update.success);
  EXPECT_EQ(client.updates().size(), 1U);
  EXPECT_EQ(clock.elapsed(), milliseconds(0));
}

TEST_F(MoveSagaUndoneTest, AnHttpErrorIsARefusal) {
  client.run("kite", 8000, {OnUpdate::error});
  const auto result = move();
  expect_undone(result, ErrorCode::service_refused);
  EXPECT_THAT(result.message, HasSubstr("HTTP status 500"));
}

TEST_F(MoveSagaUndoneTest, ATimeOutIsUndoneAndTheServiceToldToStay) {
  client.run("kite", 8000, {OnUpdate::hang, OnUpdate::stay});
  const auto result = move();
  expect_undone(result, ErrorCode::service_timeout);
  ASSERT_EQ(client.updates().size(), 2U);
  EXPECT_EQ(client.updates()[1].at.value(), 8000);
  EXPECT_EQ(client.updates()[1].new_port.value(), 8000);
  EXPECT_THAT(result.message, EndsWith("It was told to go back and answers there."));
}

TEST_F(MoveSagaUndoneTest, OneThatMovedWithoutAnsweringIsToldToComeBack) {
  client.run("kite", 8000, {OnUpdate::move_silently, OnUpdate::move});
  const auto result = move();
  expect_undone(result, ErrorCode::service_timeout);
  ASSERT_EQ(client.updates().size(), 2U);
  EXPECT_EQ(client.updates()[1].at.value(), 8005);
  EXPECT_EQ(client.updates()[1].new_port.value(), 8000);
  EXPECT_EQ(client.updates()[1].old_port.value(), 8005);
  EXPECT_EQ(kite_listens_on(), 8000);
}

TEST_F(MoveSagaUndoneTest, OnASharedPortOneThatDoesNotSayItsNameIsNotToldToGoBack) {
  have("wren", 8000);
  auto& process = client.run("kite", 8000, {OnUpdate::hang});
  client.watch_updates([&](const FakeServiceClient::Update&) { process.identity = std::nullopt; });
  const auto result = move();
  ASSERT_FALSE(result.success());
  EXPECT_EQ(client.updates().size(), 1U);
  EXPECT_THAT(result.message, HasSubstr("It answers on neither port"));
}

TEST_F(MoveSagaUndoneTest, ABrokenConnectionIsUndone) {
  client.run("kite", 8000, {OnUpdate::reset, OnUpdate::stay});
  expect_undone(move(), ErrorCode::service_unreachable);
}

TEST_F(MoveSagaUndoneTest, OneThatComesUpLateIsWaitedFor) {
  client.run("kite", 8000).polls_until_up = 20;
  const auto result = move();
  EXPECT_TRUE(result.success()) << result.message;
  EXPECT_GT(clock.elapsed(), milliseconds(5'000));
  EXPECT_LT(clock.elapsed(), milliseconds(30'000));
}

TEST_F(MoveSagaUndoneTest, OneThatEndsIsUndoneAfterTheTimeToComeUp) {
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

TEST_F(MoveSagaUndoneTest, OneThatSaysYesAndStaysIsToldToStay) {
  client.run("kite", 8000, {OnUpdate::stay});
  const auto result = move();
  expect_undone(result, ErrorCode::service_not_up);
  ASSERT_EQ(client.updates().size(), 2U);
  EXPECT_EQ(client.updates()[1].at.value(), 8000);
  EXPECT_EQ(client.updates()[1].new_port.value(), 8000);
}

TEST_F(MoveSagaUndoneTest, OneThatIsSickOnTheNewPortIsToldToComeBack) {
  client.run("kite", 8000, {OnUpdate::move_unhealthy, OnUpdate::move});
  const auto result = move();
  expect_undone(result, ErrorCode::service_not_up);
  EXPECT_EQ(kite_listens_on(), 8000);
  EXPECT_THAT(result.message, HasSubstr("its health check there says: degraded"));
  EXPECT_THAT(result.message, EndsWith("It was told to go back and answers there."));
}

TEST_F(MoveSagaUndoneTest, OneThatRefusesToComeBackIsSaid) {
  client.run("kite", 8000, {OnUpdate::move_unhealthy, OnUpdate::refuse});
  const auto result = move();
  expect_undone(result, ErrorCode::service_not_up);
  EXPECT_EQ(kite_listens_on(), 8005);
  EXPECT_THAT(result.message,
              EndsWith("It answers on port 8005 and refused to go back: it is busy; restart it on "
                       "port 8000."));
}

TEST_F(MoveSagaUndoneTest, OneThatDoesNotComeUpOnItsOldPortAgainIsSaid) {
  client.run("kite", 8000, {OnUpdate::move_unhealthy, OnUpdate::die});
  const auto result = move();
  expect_undone(result, ErrorCode::service_not_up);
  EXPECT_THAT(result.message, EndsWith("It was told to go back, but nobody listens on port 8000; "
                                       "restart it on port 8000."));
}

TEST_F(MoveSagaUndoneTest, AnImposterOnTheNewPortIsSeenAtOnceAndNotTold) {
  client.run("kite", 8000, {OnUpdate::stay});
  client.run("wren", 8005);
  const auto result = move();
  expect_undone(result, ErrorCode::service_not_up);
  EXPECT_THAT(result.message, HasSubstr("port 8005 is answered by wren"));
  EXPECT_EQ(clock.elapsed(), milliseconds(0));
  EXPECT_EQ(only(client.ports_of("wren")), 8005);
  for (const auto& update : client.updates()) EXPECT_EQ(update.at.value(), 8000);
}

TEST_F(MoveSagaUndoneTest, SomebodyWhoWasOnTheNewPortBeforeMustSayItsName) {
  client.run("kite", 8000, {OnUpdate::stay});
  client.run("", 8005).identity = std::nullopt;
  const auto result = move();
  expect_undone(result, ErrorCode::service_not_up);
  EXPECT_THAT(result.message, HasSubstr("somebody was there before"));
  EXPECT_THAT(result.message, EndsWith("It was told to go back and answers there."));
  ASSERT_EQ(client.updates().size(), 2U);
  for (const auto& update : client.updates()) EXPECT_EQ(update.at.value(), 8000);
  EXPECT_EQ(client.updates()[1].new_port.value(), 8000);
}

TEST_F(MoveSagaUndoneTest, SomebodyWhoWasOnTheNewPortBeforeIsNotToldWhenTheServiceIsGone) {
  client.run("kite", 8000, {OnUpdate::die});
  client.run("", 8005).identity = std::nullopt;
  const auto result = move();
  expect_undone(result, ErrorCode::service_not_up);
  EXPECT_THAT(result.message, EndsWith("It answers on neither port; restart it on port 8000."));
  EXPECT_EQ(client.updates().size(), 1U);
}

TEST_F(MoveSagaUndoneTest, SomebodyWhoWasOnTheNewPortBeforeIsNotToldWhenTheServiceHangs) {
  client.run("kite", 8000, {OnUpdate::hang, OnUpdate::stay});
  client.run("", 8005).identity = std::nullopt;
  expect_undone(move(), ErrorCode::service_timeout);
  ASSERT_EQ(client.updates().size(), 2U);
  for (const auto& update : client.updates()) EXPECT_EQ(update.at.value(), 8000);
}

TEST_F(MoveSagaUndoneTest, AnOldPortThatIsLetGoLateIsWaitedFor) {
  client.run("kite", 8000).polls_until_let_go = 5;
  const auto result = move();
  EXPECT_TRUE(result.success());
  EXPECT_EQ(result.update.old_port_released, true);
  EXPECT_THAT(result.message, Not(HasSubstr("Warning")));
  EXPECT_GT(clock.elapsed(), milliseconds(0));
}

TEST_F(MoveSagaUndoneTest, AnOldPortThatIsNotLetGoIsAWarning) {
  client.run("kite", 8000, {OnUpdate::keep_old});
  const auto result = move();
  ASSERT_TRUE(result.success());
  EXPECT_EQ(port_of("kite"), 8005);
  EXPECT_EQ(result.update.old_port_released, false);
  EXPECT_THAT(result.message, HasSubstr("Warning: port 8000 is still listened on"));
  EXPECT_GE(clock.elapsed(), milliseconds(10'000));
  EXPECT_LT(clock.elapsed(), milliseconds(11'000));
}

TEST_F(MoveSagaUndoneTest, WithoutTheFirstRecordNobodyIsTold) {
  client.run("kite", 8000);
  store.fail_commit(1);
  EXPECT_EQ(refusal("kite", 8005), ErrorCode::storage_full);
  EXPECT_EQ(kite_listens_on(), 8000);
}

TEST_F(MoveSagaUndoneTest, WhenTheYesCannotBeRecordedTheServiceIsTakenBack) {
  client.run("kite", 8000);
  store.fail_commit(2);
  const auto result = move();
  expect_undone(result, ErrorCode::storage_full);
  EXPECT_THAT(result.message, HasSubstr("The disk is full"));
  EXPECT_EQ(kite_listens_on(), 8000);
}

TEST_F(MoveSagaUndoneTest, WhenTheEndCannotBeRecordedTheMoveStaysPendingForTheNextStart) {
  client.run("kite", 8000);
  store.fail_commit(3);
  const auto result = move();
  ASSERT_FALSE(result.success());
  EXPECT_EQ(result.error->code, ErrorCode::storage_full);
  EXPECT_THAT(result.error->message, HasSubstr("it is pending"));
  expect_pending(MovePhase::accepted);
  EXPECT_EQ(kite_listens_on(), 8005);

  EXPECT_EQ(saga.recover(context)->settled, 1);
  EXPECT_EQ(port_of("kite"), 8005);
}

TEST_F(MoveSagaUndoneTest, AnEndThatCouldNotBeRecordedIsRecordedLater) {
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

TEST_F(MoveSagaUndoneTest, AnUndoingThatCouldNotBeRecordedIsRecordedLater) {
  client.run("kite", 8000, {OnUpdate::refuse});
  store.fail_commit(2);
  move();
  saga.record_unrecorded();
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_EQ(last_move().state, MoveState::rolled_back);
}

TEST_F(MoveSagaUndoneTest, WhenTheUndoingCannotBeRecordedTheMoveStaysPending) {
  client.run("kite", 8000, {OnUpdate::refuse});
  store.fail_commit(2);
  const auto result = move();
  ASSERT_FALSE(result.success());
  EXPECT_EQ(result.error->code, ErrorCode::service_refused);
  expect_pending(MovePhase::requested);
}

TEST_F(MoveSagaUndoneTest, StoppingWhileTheServiceComesUpLeavesTheMovePending) {
  client.run("kite", 8000).polls_until_up = 1'000;
  clock.stop_in_pause(3);
  const auto result = move();
  ASSERT_FALSE(result.success());
  EXPECT_EQ(result.error->code, ErrorCode::shutting_down);
  EXPECT_THAT(result.message, HasSubstr("is pending and is settled at the next start"));
  expect_pending(MovePhase::accepted);
  EXPECT_EQ(client.updates().size(), 1U);
}

TEST_F(MoveSagaUndoneTest, StoppingWhileTheServiceIsAskedLeavesTheMovePending) {
  client.run("kite", 8000, {OnUpdate::hang});
  client.watch_updates([this](const FakeServiceClient::Update&) { clock.stop(); });
  const auto result = move();
  ASSERT_FALSE(result.success());
  EXPECT_EQ(result.error->code, ErrorCode::shutting_down);
  expect_pending(MovePhase::requested);
  EXPECT_EQ(client.updates().size(), 1U);
}

TEST_F(MoveSagaUndoneTest, StoppingWhileTheOldPortIsLetGoCommits) {
  client.run("kite", 8000).polls_until_let_go = 1'000;
  clock.stop_in_pause(2);
  EXPECT_TRUE(move().success());
  EXPECT_EQ(port_of("kite"), 8005);
}

}  // namespace
}  // namespace pm::test
