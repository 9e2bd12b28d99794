#include "app/move_saga.h"

#include <gmock/gmock.h>

#include "app/moving_world.h"

namespace pm::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// lark has UDP port 8000, and kite, which is well, TCP port 8000.
class MoveSagaUdpTest : public MoveSagaTest {
 protected:
  void SetUp() override {
    MoveSagaTest::SetUp();
    have("lark", udp(8000));
  }
};

TEST_F(MoveSagaUdpTest, IsMovedInTheRegistryAloneAndTheAnswerSaysWhatToDo) {
  client.run("kite", 8000);
  const auto result = reassign("lark", 8005);
  ASSERT_TRUE(result && result->success());
  EXPECT_EQ(
      result->message,
      "lark moved from port 8000 to 8005 in the registry alone: port 8000 is a UDP port, where "
      "nobody can be asked over HTTP. Set lark to port 8005 by hand and restart it.");
  EXPECT_FALSE(result->update.contacted);
  EXPECT_EQ(port_of("lark"), 8005);
  EXPECT_EQ(last_move().state, MoveState::committed);
  EXPECT_THAT(client.contacted(), IsEmpty());
  EXPECT_EQ(kite_listens_on(), 8000);
}

TEST_F(MoveSagaUdpTest, ANamelessOneOnTheTcpPortIsNotDisturbedEither) {
  client.run("", 8000).identity = std::nullopt;
  ASSERT_TRUE(reassign("lark", 8005));
  EXPECT_EQ(port_of("lark"), 8005);
  EXPECT_THAT(client.contacted(), IsEmpty());
}

TEST_F(MoveSagaUdpTest, ItIsNotSaidToBeStoppedNorToBeThereAlready) {
  client.run("lark", 8005);
  const auto result = reassign("lark", 8005);
  ASSERT_TRUE(result);
  EXPECT_THAT(result->message, Not(HasSubstr("stopped")));
  EXPECT_THAT(result->message, Not(HasSubstr("already")));
}

TEST_F(MoveSagaUdpTest, AfterACrashNobodyIsAskedAndItKeepsItsPort) {
  client.run("", 8000).identity = std::nullopt;
  client.run("", 8005).identity = std::nullopt;
  begin("lark", 8005);
  EXPECT_EQ(saga.recover(context)->settled, 1);
  EXPECT_EQ(port_of("lark"), 8000);
  EXPECT_EQ(last_move().state, MoveState::rolled_back);
  EXPECT_THAT(last_move().outcome, HasSubstr("UDP"));
  EXPECT_THAT(client.contacted(), IsEmpty());
}

TEST_F(MoveSagaUdpTest, ItCannotBeToldToGoHome) {
  client.run("", 8050).identity = std::nullopt;
  const auto result = saga.bring_home(context, "lark", Port::clamped(8050));
  ASSERT_FALSE(result.success());
  EXPECT_EQ(result.error->code, ErrorCode::service_unreachable);
  EXPECT_THAT(result.message, HasSubstr("restart it"));
  EXPECT_THAT(client.contacted(), IsEmpty());
}

}  // namespace
}  // namespace pm::test
