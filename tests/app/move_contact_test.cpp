#include "app/move_contact.h"

#include <gmock/gmock.h>

#include "app/world.h"

namespace pm::test {
namespace {

using testing::HasSubstr;
using Who = MoveContact::Who;

/// kite has port 8000 and is told to be on 8050.
class MoveContactTest : public testing::Test, public World {
 protected:
  MoveContactTest() {
    have("kite", 8000);
    move.service_id = "kite";
    move.from = tcp(8000);
    move.to = Port::clamped(8050);
  }

  MoveContact contact{store, client, addresses, clock, {}};
  Move move;
};

TEST_F(MoveContactTest, WhoAnswers) {
  EXPECT_EQ(contact.who_answers(move, Port::clamped(8000)), Who::nobody);
  client.run("kite", 8000);
  client.run("wren", 8001);
  client.run("", 8002).identity = std::nullopt;
  EXPECT_EQ(contact.who_answers(move, Port::clamped(8000)), Who::itself);
  EXPECT_EQ(contact.who_answers(move, Port::clamped(8001)), Who::nobody);
  EXPECT_EQ(contact.who_answers(move, Port::clamped(8002)), Who::somebody);
}

TEST_F(MoveContactTest, WhoIsUpIsNotWaitedFor) {
  client.run("kite", 8050);
  const auto before = clock.steady_now();
  EXPECT_EQ(contact.wait_until_up(contact.address(move, move.to)), "");
  EXPECT_EQ(clock.steady_now(), before);
}

TEST_F(MoveContactTest, WhoDoesNotComeUpIsWaitedForUntilTheDeadline) {
  const auto before = clock.steady_now();
  EXPECT_THAT(contact.wait_until_up(contact.address(move, move.to)),
              HasSubstr("nobody listens on port 8050"));
  EXPECT_GE(clock.steady_now() - before, MoveContact::Options{}.come_up_timeout);
}

TEST_F(MoveContactTest, SomebodyElseOnTheNewPortEndsTheWaiting) {
  client.run("wren", 8050);
  const auto before = clock.steady_now();
  EXPECT_EQ(contact.wait_until_up(contact.address(move, move.to)), "port 8050 is answered by wren");
  EXPECT_EQ(clock.steady_now(), before);
}

TEST_F(MoveContactTest, WhereSomebodyWasBeforeOnlyANameCounts) {
  client.run("", 8050).identity = std::nullopt;
  const auto address = contact.address(move, move.to);
  EXPECT_EQ(contact.wait_until_up(address), "");
  EXPECT_THAT(contact.wait_until_up(address, true), HasSubstr("does not say who it is"));
}

TEST_F(MoveContactTest, APortThatIsNotLetGoIsGivenUp) {
  EXPECT_TRUE(contact.wait_until_let_go(contact.address(move, Port::clamped(8000))));
  client.run("kite", 8000);
  EXPECT_FALSE(contact.wait_until_let_go(contact.address(move, Port::clamped(8000))));
}

TEST_F(MoveContactTest, ItIsToldBackWhereverItAnswers) {
  client.run("kite", 8050);
  EXPECT_THAT(contact.tell_back(move, false), HasSubstr("told to go back and answers there"));
  EXPECT_EQ(only(client.ports_of("kite")), 8000);
}

TEST_F(MoveContactTest, ItsNameGoesBeforeAnAnswerWithoutOne) {
  client.run("kite", 8000, {OnUpdate::stay});
  client.run("", 8050).identity = std::nullopt;
  EXPECT_THAT(contact.tell_back(move, false), HasSubstr("told to go back and answers there"));
  ASSERT_EQ(client.updates().size(), 1U);
  EXPECT_EQ(client.updates()[0].at.value(), 8000);
}

TEST_F(MoveContactTest, WithoutANameItIsToldOnANewPortThatWasFree) {
  client.run("", 8050).identity = std::nullopt;
  EXPECT_THAT(contact.tell_back(move, false), HasSubstr("told to go back and answers there"));
  ASSERT_EQ(client.updates().size(), 1U);
  EXPECT_EQ(client.updates()[0].at.value(), 8050);
}

TEST_F(MoveContactTest, WithoutANameNobodyIsToldOnANewPortThatWasOccupied) {
  client.run("", 8050).identity = std::nullopt;
  EXPECT_THAT(contact.tell_back(move, true), HasSubstr("It answers on neither port"));
  EXPECT_TRUE(client.updates().empty());
}

TEST_F(MoveContactTest, OneWithANameThatWasToldBackMustSayItThere) {
  client.run("kite", 8050, {OnUpdate::die});
  client.watch_updates(
      [this](const FakeServiceClient::Update&) { client.run("", 8000).identity = std::nullopt; });
  EXPECT_THAT(contact.tell_back(move, false), HasSubstr("restart it on port 8000"));
}

TEST_F(MoveContactTest, AnAnswerWithoutANameIsNobodysWhereAnotherServiceHasThePort) {
  client.run("", 8050).identity = std::nullopt;
  EXPECT_EQ(contact.who_is_it(move, move.to, false), Who::somebody);
  EXPECT_EQ(contact.who_is_it(move, move.to, true), Who::nobody);
  have("wren", 8050);
  EXPECT_EQ(contact.who_is_it(move, move.to, false), Who::nobody);
}

TEST_F(MoveContactTest, WhoAnswersOnNeitherPortIsToBeRestarted) {
  EXPECT_THAT(contact.tell_back(move, false), HasSubstr("restart it on port 8000"));
  EXPECT_TRUE(client.updates().empty());
}

}  // namespace
}  // namespace pm::test
