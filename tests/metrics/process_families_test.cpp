#include "metrics/process_families.h"

#include <gtest/gtest.h>

#include "metrics/read_families.h"

namespace pm::test {
namespace {

TEST(ProcessFamilies, HaveTheStandardNames) {
  ProcessUsage usage;
  usage.cpu_seconds = 1.25;
  usage.resident_bytes = 20'000'000;
  usage.virtual_bytes = 300'000'000;
  usage.open_fds = 17;
  usage.max_fds = 1'024;
  usage.threads = 9;
  usage.started_at = Timestamp(std::chrono::milliseconds(1'700'000'000'500));
  const auto families = process_families(usage);
  EXPECT_EQ(value(families, "process_cpu_seconds_total"), 1.25);
  EXPECT_EQ(value(families, "process_resident_memory_bytes"), 20'000'000);
  EXPECT_EQ(value(families, "process_virtual_memory_bytes"), 300'000'000);
  EXPECT_EQ(value(families, "process_open_fds"), 17);
  EXPECT_EQ(value(families, "process_max_fds"), 1'024);
  EXPECT_EQ(value(families, "process_threads"), 9);
  EXPECT_EQ(value(families, "process_start_time_seconds"), 1'700'000'000.5);
}

}  // namespace
}  // namespace pm::test
