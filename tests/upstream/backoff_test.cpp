#include "upstream/backoff.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace pm {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesUpToItsLimit) {
  const Backoff backoff({1s, 10s});
  EXPECT_EQ(backoff.ceiling(0), 0ms);
  EXPECT_EQ(backoff.ceiling(-1), 0ms);
  EXPECT_EQ(backoff.ceiling(1), 1s);
  EXPECT_EQ(backoff.ceiling(2), 2s);
  EXPECT_EQ(backoff.ceiling(4), 8s);
  EXPECT_EQ(backoff.ceiling(5), 10s);
  EXPECT_EQ(backoff.ceiling(std::numeric_limits<int>::max()), 10s);
}

TEST(Backoff, BoundsThatMakeNoSenseAreMended) {
  EXPECT_EQ(Backoff({0ms, 0ms}).ceiling(7), 1ms);
  EXPECT_EQ(Backoff({5s, 1s}).ceiling(1), 5s);
  EXPECT_EQ(Backoff({5s, 1s}).ceiling(9), 5s);
}

TEST(Backoff, JitterIsWithinItsBounds) {
  const Backoff backoff({1s, 10s});
  EXPECT_EQ(backoff.full_jitter(2, 0.0), 0ms);
  EXPECT_EQ(backoff.full_jitter(2, 0.5), 1s);
  EXPECT_EQ(backoff.full_jitter(2, 1.0), 2s);
  EXPECT_EQ(backoff.equal_jitter(2, 0.0), 2s);
  EXPECT_EQ(backoff.equal_jitter(2, 1.0), 1s);
}

TEST(Backoff, WhateverTheBoundsAndTheChance) {
  std::mt19937 random(20'261'127);
  std::uniform_int_distribution<int> times(1, 1'000'000);
  std::uniform_real_distribution<double> chances(0, 1);
  for (int round = 0; round < 2'000; ++round) {
    const std::chrono::milliseconds first(times(random));
    const auto longest = first + std::chrono::milliseconds(times(random));
    const Backoff backoff({first, longest});
    auto before = 0ms;
    for (int failures = 1; failures < 40; ++failures) {
      const auto ceiling = backoff.ceiling(failures);
      ASSERT_GE(ceiling, before);
      ASSERT_GE(ceiling, first);
      ASSERT_LE(ceiling, longest);
      ASSERT_TRUE(before == 0ms || ceiling == before * 2 || ceiling == longest);
      const auto chance = chances(random);
      ASSERT_LE(backoff.full_jitter(failures, chance), ceiling);
      ASSERT_GE(backoff.full_jitter(failures, chance), 0ms);
      ASSERT_LE(backoff.equal_jitter(failures, chance), ceiling);
      ASSERT_GE(backoff.equal_jitter(failures, chance), ceiling / 2);
      before = ceiling;
    }
    ASSERT_EQ(before, longest);
  }
}

}  // namespace
}  // namespace pm
