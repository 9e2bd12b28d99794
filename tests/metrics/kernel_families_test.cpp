#include "metrics/kernel_families.h"

#include <gtest/gtest.h>

#include "metrics/read_families.h"

namespace pm::test {
namespace {

TEST(KernelFamilies, TellOfLooksAndListeners) {
  const KernelWatch::Looks looks{.done = 5, .failed = 2, .spent = std::chrono::milliseconds(1500)};
  const auto families = kernel_families(
      looks, {.source = "sock_diag", .listeners = 40, .without_owner = 7, .advice = ""});
  const auto scans = series(families, "portmanager_kernel_scan_duration_seconds");
  ASSERT_TRUE(scans);
  EXPECT_EQ(scans->summary.sample_count, 5U);
  EXPECT_DOUBLE_EQ(scans->summary.sample_sum, 1.5);
  EXPECT_EQ(value(families, "portmanager_kernel_scan_failures_total"), 2);
  EXPECT_EQ(value(families, "portmanager_kernel_listeners"), 40);
  EXPECT_EQ(value(families, "portmanager_kernel_listeners_without_owner"), 7);
}

}  // namespace
}  // namespace pm::test
