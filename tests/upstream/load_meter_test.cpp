#include "upstream/load_meter.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

using namespace std::chrono_literals;

const LoadMeter::Time start{1h};

ProcessUsage usage(double cpu_seconds, std::int64_t resident = 0, std::int64_t machine = 0) {
  ProcessUsage usage;
  usage.cpu_seconds = cpu_seconds;
  usage.resident_bytes = resident;
  usage.machine_memory_bytes = machine;
  return usage;
}

TEST(LoadMeter, OfAllProcessorsSinceTheSampleBefore) {
  LoadMeter meter(4, start);
  EXPECT_DOUBLE_EQ(meter.sample(usage(4), start + 10s).cpu_percent, 10);
  EXPECT_DOUBLE_EQ(meter.sample(usage(24), start + 20s).cpu_percent, 50);
  EXPECT_DOUBLE_EQ(meter.sample(usage(24), start + 30s).cpu_percent, 0);
}

TEST(LoadMeter, NeverOutOfBounds) {
  LoadMeter meter(1, start);
  EXPECT_DOUBLE_EQ(meter.sample(usage(50), start + 1s).cpu_percent, 100);
  EXPECT_DOUBLE_EQ(meter.sample(usage(10), start + 2s).cpu_percent, 0);
  EXPECT_DOUBLE_EQ(meter.sample(usage(11), start + 2s).cpu_percent, 0);
}

TEST(LoadMeter, OfTheMachinesMemory) {
  LoadMeter meter(1, start);
  EXPECT_DOUBLE_EQ(meter.sample(usage(0, 1'000, 8'000), start + 1s).memory_percent, 12.5);
  EXPECT_DOUBLE_EQ(meter.sample(usage(0, 1'000, 0), start + 2s).memory_percent, 0);
}

TEST(TrafficWindow, TellsWhatHappenedSince) {
  TrafficWindow window;
  auto used =
      window.sample({{"GET /api/ports/{port}", 4, 1, 0.2, 503}, {"GET /unused", 0, 0, 0, 0}});
  ASSERT_EQ(used.size(), 1U);
  EXPECT_EQ(used[0].method, "GET");
  EXPECT_EQ(used[0].route, "/api/ports/{port}");
  EXPECT_EQ(used[0].requests, 4U);
  EXPECT_EQ(used[0].errors, 1U);
  EXPECT_DOUBLE_EQ(used[0].average_ms, 50);
  EXPECT_EQ(used[0].last_status, 503);

  used = window.sample({{"GET /api/ports/{port}", 4, 1, 0.2, 503}, {"POST /x", 1, 0, 0.01, 200}});
  ASSERT_EQ(used.size(), 1U);
  EXPECT_EQ(used[0].route, "/x");

  used = window.sample({{"GET /api/ports/{port}", 6, 1, 0.4, 200}, {"POST /x", 1, 0, 0.01, 200}});
  ASSERT_EQ(used.size(), 1U);
  EXPECT_EQ(used[0].requests, 2U);
  EXPECT_EQ(used[0].errors, 0U);
  EXPECT_DOUBLE_EQ(used[0].average_ms, 100);
}

TEST(TrafficWindow, ANameWithoutAMethodIsARoute) {
  TrafficWindow window;
  const auto used = window.sample({{"/x", 1, 0, 0, 200}});
  ASSERT_EQ(used.size(), 1U);
  EXPECT_EQ(used[0].method, "");
  EXPECT_EQ(used[0].route, "/x");
}

TEST(RequestTotals, OfAllEndpoints) {
  const auto totals = totals_of({{"a", 4, 1, 0.2, 503}, {"b", 6, 0, 0.1, 200}});
  EXPECT_EQ(totals.requests, 10U);
  EXPECT_EQ(totals.errors, 1U);
  EXPECT_EQ(totals_of({}).requests, 0U);
}

TEST(AverageMs, OfEachRequestAndNotOfEachEndpoint) {
  EXPECT_DOUBLE_EQ(average_ms({{"GET", "/a", 1, 0, 100, 200}, {"GET", "/b", 3, 0, 20, 200}}), 40);
  EXPECT_DOUBLE_EQ(average_ms({}), 0);
}

}  // namespace
}  // namespace pm
