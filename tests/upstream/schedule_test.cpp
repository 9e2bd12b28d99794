#include "upstream/schedule.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

using namespace std::chrono_literals;

const Schedule::Time start{1h};

TEST(Schedule, IsDueAtItsTimeAndAnIntervalAfterItWasDone) {
  Schedule schedule(10s, start + 5s);
  EXPECT_FALSE(schedule.is_due(start));
  EXPECT_EQ(schedule.due_in(start), 5s);
  EXPECT_TRUE(schedule.is_due(start + 5s));
  EXPECT_EQ(schedule.due_in(start + 7s), 0ms);
  schedule.done(start + 7s);
  EXPECT_FALSE(schedule.is_due(start + 16s));
  EXPECT_EQ(schedule.due_in(start + 16s), 1s);
  EXPECT_TRUE(schedule.is_due(start + 17s));
}

TEST(Schedule, NeverWithoutAnInterval) {
  const Schedule schedule(0ms, start);
  EXPECT_FALSE(schedule.is_due(start + 1h));
  EXPECT_EQ(schedule.due_in(start + 1h), Schedule::never);
}

}  // namespace
}  // namespace pm
