#include "store/port_ranges.h"

#include <gtest/gtest.h>

#include "store_support.h"

namespace pm::test {
namespace {

TEST(PortRangesTest, TheTableSaysWhatIsConfiguredAndIsWrittenOnlyWhenThatChanged) {
  const StoreFolder folder;
  auto connection = migrated(folder.database());
  const std::string all =
      "SELECT group_concat(kind || ' ' || name || ' ' || low_port || '-' || high_port || ' r' || "
      "revision) FROM (SELECT * FROM port_ranges ORDER BY kind DESC, position)";

  write_port_ranges(connection, *suite_config(), 3);
  EXPECT_EQ(ask_sql(folder.database(), all),
            "suite suite 8000-9000 r3,category core 8000-8009 r3,category data 8010-8019 r3");
  write_port_ranges(connection, *suite_config(), 4);
  EXPECT_EQ(ask_sql(folder.database(), "SELECT max(revision) FROM port_ranges"), "3");

  SuiteConfig narrower;
  narrower.range.hi = Port::clamped(8500);
  write_port_ranges(connection, narrower, 5);
  EXPECT_EQ(ask_sql(folder.database(), all), "suite suite 8000-8500 r5");
}

}  // namespace
}  // namespace pm::test
