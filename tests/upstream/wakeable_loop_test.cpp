#include "upstream/wakeable_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "support/eventually.h"

namespace pm {
namespace {

using namespace std::chrono_literals;

TEST(WakeableLoop, StepsAtOnceAndWhenTheTimeIsUp) {
  std::atomic<int> steps{0};
  WakeableLoop loop;
  loop.start([&] {
    ++steps;
    return 1ms;
  });
  EXPECT_TRUE(test::eventually([&] { return steps >= 3; }));
}

TEST(WakeableLoop, StepsWhenNotified) {
  std::atomic<int> steps{0};
  WakeableLoop loop;
  loop.start([&] {
    ++steps;
    return std::chrono::milliseconds(1h);
  });
  EXPECT_TRUE(test::eventually([&] { return steps == 1; }));
  loop.notify();
  EXPECT_TRUE(test::eventually([&] { return steps == 2; }));
}

TEST(WakeableLoop, ANotificationDuringAStepIsNotLost) {
  std::atomic<int> steps{0};
  std::promise<void> begun;
  std::promise<void> door;
  WakeableLoop loop;
  loop.start([&, open = door.get_future().share()] {
    if (++steps == 1) {
      begun.set_value();
      open.wait();
    }
    return std::chrono::milliseconds(1h);
  });
  begun.get_future().wait();
  loop.notify();
  door.set_value();
  EXPECT_TRUE(test::eventually([&] { return steps == 2; }));
}

TEST(WakeableLoop, EndsWithItsLastWord) {
  std::atomic<int> steps{0};
  std::atomic<int> last{0};
  WakeableLoop loop;
  loop.start(
      [&] {
        ++steps;
        return std::chrono::milliseconds(1h);
      },
      [&] { ++last; });
  EXPECT_TRUE(test::eventually([&] { return steps == 1; }));
  EXPECT_EQ(last, 0);
  loop.stop();
  loop.join();
  EXPECT_EQ(last, 1);
  EXPECT_EQ(steps, 1);
}

TEST(WakeableLoop, StoppedBeforeItStartsItTakesNoStep) {
  std::atomic<int> steps{0};
  WakeableLoop loop;
  loop.stop();
  loop.start([&] {
    ++steps;
    return 0ms;
  });
  loop.join();
  EXPECT_EQ(steps, 0);
}

}  // namespace
}  // namespace pm
