#include "upstream/error_queue.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace pm {
namespace {

ErrorReport error(const std::string& message) {
  ErrorReport report;
  report.message = message;
  return report;
}

TEST(ErrorQueue, GivesTheOldestUntilItIsTakenOut) {
  ErrorQueue queue(10);
  EXPECT_FALSE(queue.front());
  queue.push(error("first"));
  queue.push(error("second"));
  EXPECT_EQ(queue.front()->report.message, "first");
  const auto first = *queue.front();
  EXPECT_EQ(first.report.message, "first");
  queue.pop(first);
  EXPECT_EQ(queue.front()->report.message, "second");
  queue.pop(first);
  EXPECT_EQ(queue.size(), 1U) << "taken out twice";
}

TEST(ErrorQueue, DropsTheOldestAndCountsThem) {
  ErrorQueue queue(2);
  for (const char* message : {"a", "b", "c", "d", "e"}) queue.push(error(message));
  EXPECT_EQ(queue.size(), 2U);
  EXPECT_EQ(queue.dropped(), 3U);
  const auto waiting = *queue.front();
  EXPECT_EQ(waiting.report.message, "d");
  EXPECT_EQ(waiting.dropped, 3U);
  queue.pop(waiting);
  EXPECT_EQ(queue.front()->dropped, 0U) << "told once";
  EXPECT_EQ(queue.dropped(), 3U);
}

TEST(ErrorQueue, OneThatWasDroppedWhileItWasSentTakesNoOtherWithIt) {
  ErrorQueue queue(2);
  queue.push(error("a"));
  queue.push(error("b"));
  const auto sent = *queue.front();
  queue.push(error("c"));
  queue.pop(sent);
  EXPECT_EQ(queue.front()->report.message, "b");
  EXPECT_EQ(queue.front()->dropped, 1U);
}

TEST(ErrorQueue, ManyMayReportAtOnce) {
  ErrorQueue queue(100);
  std::vector<std::thread> reporters;
  for (int i = 0; i < 4; ++i) {
    reporters.emplace_back([&] {
      for (int n = 0; n < 1'000; ++n) queue.push(error("x"));
    });
  }
  std::size_t taken = 0;
  for (int n = 0; n < 1'000; ++n) {
    if (const auto waiting = queue.front()) {
      queue.pop(*waiting);
      ++taken;
    }
  }
  for (auto& reporter : reporters) reporter.join();
  // One that was dropped while it was being taken counts twice.
  EXPECT_LE(queue.size(), 100U);
  EXPECT_LE(queue.dropped() + queue.size(), 4'000U);
  EXPECT_GE(queue.dropped() + queue.size() + taken, 4'000U);
}

}  // namespace
}  // namespace pm
