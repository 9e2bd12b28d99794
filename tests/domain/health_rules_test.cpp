#include "domain/health_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace pm {
namespace {

using testing::ElementsAre;

constexpr auto unknown = HealthStatus::unknown;
constexpr auto healthy = HealthStatus::healthy;
constexpr auto unhealthy = HealthStatus::unhealthy;

/// The status after each check: '+' well, '-' ill, '.' nobody listens.
std::vector<HealthStatus> after(HealthStatus status, const std::string& checks) {
  HealthStreak streak;
  std::vector<HealthStatus> found;
  for (const char check : checks) {
    status = next_status(status, check == '+', check != '.', streak);
    found.push_back(status);
  }
  return found;
}

TEST(NextStatus, UnknownIsLeftByTheFirstAnswer) {
  EXPECT_THAT(after(unknown, "+"), ElementsAre(healthy));
  EXPECT_THAT(after(unknown, "-"), ElementsAre(unhealthy));
}

TEST(NextStatus, APortWithoutAListenerLeavesUnknown) {
  EXPECT_THAT(after(unknown, "..."), ElementsAre(unknown, unknown, unknown));
  EXPECT_THAT(after(unknown, "..+"), ElementsAre(unknown, unknown, healthy));
}

TEST(NextStatus, HealthyTakesTwoBadChecksInARow) {
  EXPECT_THAT(after(healthy, "--"), ElementsAre(healthy, unhealthy));
  EXPECT_THAT(after(healthy, ".."), ElementsAre(healthy, unhealthy));
  EXPECT_THAT(after(healthy, "-."), ElementsAre(healthy, unhealthy));
  EXPECT_THAT(after(healthy, "-+-+-"), ElementsAre(healthy, healthy, healthy, healthy, healthy));
}

TEST(NextStatus, UnhealthyTakesTwoGoodChecksInARow) {
  EXPECT_THAT(after(unhealthy, "++"), ElementsAre(unhealthy, healthy));
  EXPECT_THAT(after(unhealthy, "+-+.+"),
              ElementsAre(unhealthy, unhealthy, unhealthy, unhealthy, unhealthy));
  EXPECT_THAT(after(unhealthy, "..."), ElementsAre(unhealthy, unhealthy, unhealthy));
}

TEST(NextStatus, AChangeBeginsTheCountAnew) {
  EXPECT_THAT(after(healthy, "--+-++-"),
              ElementsAre(healthy, unhealthy, unhealthy, unhealthy, unhealthy, healthy, healthy));
}

TEST(NextStatus, AStreakFromBeforeIsForgottenWithUnknown) {
  HealthStreak streak{1};
  EXPECT_EQ(next_status(unknown, true, true, streak), healthy);
  EXPECT_EQ(next_status(healthy, false, true, streak), healthy);
}

TEST(NextStatus, AnAnswerCountsWhereListenersCannotBeSeen) {
  HealthStreak streak;
  EXPECT_EQ(next_status(unknown, true, false, streak), healthy);
}

/// Whatever comes, a known status changes only to what the last two checks both found.
TEST(NextStatus, NeverFollowsOneOddAnswer) {
  std::mt19937 random(7);
  std::string checks;
  for (int i = 0; i < 5000; ++i) checks += "+-."[random() % 3];
  const auto statuses = after(unknown, checks);
  int changes = 0;
  for (std::size_t i = 1; i < checks.size(); ++i) {
    if (statuses[i - 1] == unknown) continue;
    const bool both_well = checks[i] == '+' && checks[i - 1] == '+';
    const bool both_ill = checks[i] != '+' && checks[i - 1] != '+';
    const auto settled = both_well ? healthy : both_ill ? unhealthy : statuses[i - 1];
    ASSERT_EQ(statuses[i], settled) << i;
    changes += statuses[i] != statuses[i - 1] ? 1 : 0;
  }
  EXPECT_GT(changes, 100);
}

}  // namespace
}  // namespace pm
