#include "http/fan_out.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "support/eventually.h"

namespace pm::test {
namespace {

TEST(FanOut, DoesEachItemOnce) {
  for (const std::size_t helpers : {0U, 1U, 3U}) {
    FanOut fan_out(helpers);
    for (const std::size_t count : {0U, 1U, 127U, 128U, 129U, 1'000U, 5'001U}) {
      std::vector<std::atomic<int>> items(count);
      fan_out.run(count, [&](std::size_t begin, std::size_t end) {
        for (auto i = begin; i < end; ++i) ++items[i];
      });
      for (const auto& item : items) ASSERT_EQ(item, 1) << helpers << " helpers, " << count;
    }
  }
}

TEST(FanOut, WhatItLeavesBehindIsSeenByTheCaller) {
  FanOut fan_out(3);
  for (int round = 0; round < 500; ++round) {
    std::vector<int> items(1'000, 0);
    fan_out.run(items.size(), [&](std::size_t begin, std::size_t end) {
      for (auto i = begin; i < end; ++i) items[i] = round;
    });
    ASSERT_EQ(std::set<int>(items.begin(), items.end()), std::set<int>{round});
  }
}

TEST(FanOut, SeveralThreadsWorkAtATime) {
  FanOut fan_out(1);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::atomic<std::size_t> present{0};
  fan_out.run(1'000, [&](std::size_t begin, std::size_t /*end*/) {
    {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    }
    // The first two ranges wait for each other.
    ++present;
    if (begin < 128) {
      EXPECT_TRUE(eventually([&] { return present >= 2; }));
    }
  });
  EXPECT_EQ(threads.size(), 2U);
}

TEST(FanOut, FewItemsStayOnTheCallersThread) {
  FanOut fan_out(1);
  const auto caller = std::this_thread::get_id();
  fan_out.run(128, [&](std::size_t begin, std::size_t end) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    EXPECT_EQ(begin, 0U);
    EXPECT_EQ(end, 128U);
  });
}

}  // namespace
}  // namespace pm::test
