#include "upstream/jitter.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pm {
namespace {

TEST(Jitter, IsAnywhereFromNoneToAll) {
  Jitter jitter;
  double lowest = 1;
  double highest = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto chance = jitter.next();
    ASSERT_GE(chance, 0);
    ASSERT_LE(chance, 1);
    lowest = std::min(lowest, chance);
    highest = std::max(highest, chance);
  }
  EXPECT_LT(lowest, 0.05);
  EXPECT_GT(highest, 0.95);
}

TEST(Jitter, TwoOfThemDiffer) {
  Jitter one;
  Jitter other;
  bool same = true;
  for (int i = 0; i < 10; ++i) same = same && one.next() == other.next();
  EXPECT_FALSE(same);
}

}  // namespace
}  // namespace pm
