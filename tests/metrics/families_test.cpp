#include "metrics/families.h"

#include <gtest/gtest.h>

#include "metrics/read_families.h"

namespace pm::test {
namespace {

TEST(Families, AGaugeAndACounterHaveTheirSamplesByLabel) {
  const Families families{gauges("a", "An a.", {{1, {{"b", "x"}}}, {2, {{"b", "y"}, {"c", "z"}}}}),
                          counters("d_total", "All d.", {{3, {{"e", "f"}}}}), gauge("g", "A g.", 4),
                          counter("h_total", "All h.", 5)};
  EXPECT_EQ(families[0].help, "An a.");
  EXPECT_EQ(families[0].type, prometheus::MetricType::Gauge);
  EXPECT_EQ(families[1].type, prometheus::MetricType::Counter);
  EXPECT_EQ(value(families, "a", {{"b", "x"}}), 1);
  EXPECT_EQ(value(families, "a", {{"b", "y"}, {"c", "z"}}), 2);
  EXPECT_EQ(value(families, "d_total", {{"e", "f"}}), 3);
  EXPECT_EQ(value(families, "g"), 4);
  EXPECT_EQ(value(families, "h_total"), 5);
}

TEST(Families, ASummaryHasCountAndSum) {
  const auto family = summary("a_seconds", "Time.", 3, 1.5);
  EXPECT_EQ(family.type, prometheus::MetricType::Summary);
  ASSERT_EQ(family.metric.size(), 1U);
  EXPECT_EQ(family.metric[0].summary.sample_count, 3U);
  EXPECT_EQ(family.metric[0].summary.sample_sum, 1.5);
  EXPECT_TRUE(family.metric[0].summary.quantile.empty());
}

TEST(Families, AreAppendedInTheirOrder) {
  Families families{gauge("a", "A.", 1)};
  append(families, {gauge("b", "B.", 2), gauge("c", "C.", 3)});
  ASSERT_EQ(families.size(), 3U);
  EXPECT_EQ(families[1].name, "b");
  EXPECT_EQ(families[2].name, "c");
}

}  // namespace
}  // namespace pm::test
