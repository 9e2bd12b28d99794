#include "app/system_clock.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "support/eventually.h"

namespace pm {
namespace {

using std::chrono::milliseconds;

TEST(SystemClock, APausePassesInItsTime) {
  SystemClock clock;
  const auto begin = clock.steady_now();
  EXPECT_TRUE(clock.pause(milliseconds(20)));
  EXPECT_GE(clock.steady_now() - begin, milliseconds(20));
  EXPECT_FALSE(clock.stopping());
}

TEST(SystemClock, StopEndsAPauseThatIsUnderWayOnAnotherThread) {
  SystemClock clock;
  std::promise<void> begun;
  auto pausing = std::async(std::launch::async, [&] {
    begun.set_value();
    return clock.pause(std::chrono::hours(1));
  });
  begun.get_future().wait();
  // Most of the time it sleeps by now; if not, the stop is seen before it does.
  pausing.wait_for(milliseconds(20));
  clock.stop();
  ASSERT_EQ(pausing.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_FALSE(pausing.get());
}

TEST(SystemClock, AfterStopNothingPauses) {
  SystemClock clock;
  clock.stop();
  clock.stop();
  EXPECT_TRUE(clock.stopping());
  EXPECT_FALSE(clock.pause(std::chrono::hours(1)));
  EXPECT_FALSE(clock.pause(milliseconds(0)));
}

TEST(SystemClock, NowIsTheMachinesTime) {
  const SystemClock clock;
  const auto before = std::chrono::system_clock::now();
  const auto now = clock.now();
  const auto after = std::chrono::system_clock::now();
  EXPECT_GE(now, before - milliseconds(1));
  EXPECT_LE(now, after);
}

}  // namespace
}  // namespace pm
