#include "http/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

#include "support/eventually.h"

namespace pm {
namespace {

using test::eventually;

TEST(WorkerPool, RunsEveryTaskOnce) {
  constexpr int count = 10'000;
  std::vector<std::atomic<int>> runs(count);
  std::atomic<int> done{0};
  WorkerPool pool(4);
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&, caller] {
        for (int i = caller; i < count; i += 4) {
          const auto task = [&, i] {
            ++runs[static_cast<std::size_t>(i)];
            ++done;
          };
          EXPECT_TRUE(eventually([&] { return pool.submit(task); }));
        }
      });
    }
  }
  ASSERT_TRUE(eventually([&] { return done == count; }));
  for (const auto& run : runs) EXPECT_EQ(run, 1);
}

TEST(WorkerPool, RunsAsManyAtOnceAsItsLimitAndNotMore) {
  constexpr int limit = 3;
  std::promise<void> open;
  const auto gate = open.get_future().share();
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  std::atomic<int> done{0};
  WorkerPool pool(limit);
  for (int i = 0; i < 20; ++i) {
    pool.submit([&] {
      const int now = ++running;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      gate.wait();
      --running;
      ++done;
    });
  }
  EXPECT_TRUE(eventually([&] { return running == limit; }));
  open.set_value();
  EXPECT_TRUE(eventually([&] { return done == 20; }));
  EXPECT_EQ(most, limit);
}

TEST(WorkerPool, TakesOnlySoManyThatWait) {
  std::promise<void> open;
  const auto gate = open.get_future().share();
  std::atomic<bool> begun{false};
  std::atomic<int> done{0};
  WorkerPool pool(1);
  pool.submit([&] {
    begun = true;
    gate.wait();
  });
  ASSERT_TRUE(eventually([&] { return begun.load(); }));
  for (int i = 0; i < 1'024; ++i) ASSERT_TRUE(pool.submit([&] { ++done; })) << i;
  EXPECT_FALSE(pool.submit([] { FAIL(); }));
  open.set_value();
  EXPECT_TRUE(eventually([&] { return done == 1'024; }));
  EXPECT_TRUE(pool.submit([&] { ++done; }));
  EXPECT_TRUE(eventually([&] { return done == 1'025; }));
}

TEST(WorkerPool, ATaskThatWaitsHoldsUpNoOther) {
  std::promise<void> open;
  const auto gate = open.get_future().share();
  std::atomic<bool> waiting{false};
  WorkerPool pool(2);
  pool.submit([&] {
    waiting = true;
    gate.wait();
  });
  ASSERT_TRUE(eventually([&] { return waiting.load(); }));
  for (int i = 0; i < 100; ++i) {
    std::promise<void> ran;
    pool.submit([&] { ran.set_value(); });
    ASSERT_EQ(ran.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  }
  open.set_value();
}

TEST(WorkerPool, TasksOfABurstRunAtOnce) {
  constexpr int burst = 3;
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> running{0};
    std::atomic<int> met{0};
    std::atomic<bool> warm{false};
    WorkerPool pool(burst);
    pool.submit([&] { warm = true; });
    ASSERT_TRUE(eventually([&] { return warm.load(); }));
    for (int i = 0; i < burst; ++i) {
      pool.submit([&] {
        ++running;
        if (eventually([&] { return running == burst; }, std::chrono::seconds(2))) ++met;
      });
    }
    ASSERT_TRUE(eventually([&] { return running == burst; }));
    ASSERT_TRUE(eventually([&] { return met == burst; })) << "a task waited for another";
  }
}

TEST(WorkerPool, StopDropsWhatHasNotBegunAndWaitsForWhatHas) {
  std::promise<void> open;
  const auto gate = open.get_future().share();
  std::atomic<bool> begun{false};
  std::atomic<bool> finished{false};
  std::atomic<int> later{0};
  const auto token = std::make_shared<int>(0);
  WorkerPool pool(1);
  pool.submit([&] {
    begun = true;
    gate.wait();
    finished = true;
  });
  for (int i = 0; i < 5; ++i) pool.submit([&later, token] { ++later; });
  ASSERT_TRUE(eventually([&] { return begun.load(); }));

  auto stopped = std::async(std::launch::async, [&] {
    pool.stop();
    return finished.load();
  });
  ASSERT_TRUE(eventually([&] { return !pool.submit([&later] { ++later; }); }));
  EXPECT_EQ(stopped.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  open.set_value();
  EXPECT_TRUE(stopped.get());
  EXPECT_EQ(later, 0);
  EXPECT_EQ(token.use_count(), 1);
}

TEST(WorkerPool, StopsTwiceAndBeforeAnyTask) {
  WorkerPool pool(2);
  pool.stop();
  pool.stop();
  EXPECT_FALSE(pool.submit([] { FAIL(); }));
}

TEST(WorkerPool, LetsGoOfATaskWhenItHasRun) {
  const auto token = std::make_shared<int>(0);
  WorkerPool pool(1);
  pool.submit([token] {});
  EXPECT_TRUE(eventually([&] { return token.use_count() == 1; }));
}

}  // namespace
}  // namespace pm
