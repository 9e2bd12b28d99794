#include "upstream/registration.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace pm {
namespace {

using namespace std::chrono_literals;

class RegistrationTest : public testing::Test {
 protected:
  std::chrono::steady_clock::time_point now() const { return clock.steady_now(); }

  test::ManualClock clock;
  Registration registration{{1s, 8s}};
};

TEST_F(RegistrationTest, IsTriedAtOnce) {
  EXPECT_FALSE(registration.is_registered());
  EXPECT_FALSE(registration.known().at);
  EXPECT_EQ(registration.due_in(now()), 0ms);
}

TEST_F(RegistrationTest, IsTriedAgainEverMoreSeldom) {
  for (const auto wait : {1s, 2s, 4s, 8s, 8s}) {
    registration.failed(now(), 0.0);
    EXPECT_EQ(registration.due_in(now()), wait);
    clock.advance(wait);
    EXPECT_EQ(registration.due_in(now()), 0ms);
  }
}

TEST_F(RegistrationTest, SomeOfTheWaitIsLeftToChance) {
  registration.failed(now(), 1.0);
  EXPECT_EQ(registration.due_in(now()), 500ms);
}

TEST_F(RegistrationTest, WhenItIsLostItIsTriedAtOnceAndTheLastTimeIsKept) {
  registration.failed(now(), 0.0);
  registration.accepted(clock.now());
  EXPECT_TRUE(registration.is_registered());
  EXPECT_EQ(registration.known().at, clock.now());
  registration.lost();
  EXPECT_FALSE(registration.is_registered());
  EXPECT_EQ(registration.known().at, clock.now());
  EXPECT_EQ(registration.due_in(now()), 0ms);
  registration.failed(now(), 0.0);
  EXPECT_EQ(registration.due_in(now()), 1s);
}

TEST_F(RegistrationTest, WhenTheyAreBackItDoesNotWait) {
  for (int i = 0; i < 4; ++i) registration.failed(now(), 0.0);
  EXPECT_EQ(registration.due_in(now()), 8s);
  registration.hurry();
  EXPECT_EQ(registration.due_in(now()), 0ms);
  registration.failed(now(), 0.0);
  EXPECT_EQ(registration.due_in(now()), 1s);
}

TEST_F(RegistrationTest, HurryLeavesOneThatStands) {
  registration.accepted(clock.now());
  registration.hurry();
  EXPECT_TRUE(registration.is_registered());
}

}  // namespace
}  // namespace pm
