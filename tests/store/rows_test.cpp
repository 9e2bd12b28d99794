#include "store/rows.h"

#include <gtest/gtest.h>

#include "store/storage_error.h"
#include "store_support.h"

namespace pm::test {
namespace {

TEST(RowsTest, AValueThatIsNoneOfOursIsCorrupt) {
  const StoreFolder folder;
  auto connection = migrated(folder.database());
  connection.database().exec(
      "PRAGMA ignore_check_constraints = ON;"
      "INSERT INTO reservations VALUES ('h', 'sctp', 8000, '', NULL, 1, 1, 0, '');"
      "INSERT INTO identities VALUES ('web', '', 1, 1, 1, '', 1, 'yesterday', 1);"
      "INSERT INTO health_checks VALUES (1, 'web', 8000, 'fine', '', '2026-11-22T20:00:00.000Z', "
      "1);"
      "INSERT INTO held_ports VALUES ('web', 0, 80, 1);");
  const auto read_first = [&](const char* statement, auto read) {
    auto row = connection.query(statement);
    ASSERT_TRUE(row.next());
    EXPECT_THROW(read(row), CorruptRow) << statement;
  };
  read_first("load_reservations", read_reservation);
  read_first("load_health", read_health);
  read_first("load_identities", read_identity);
  read_first("load_held_ports", [](const Query& row) { return read_port(row, 1); });
}

TEST(RowsTest, TheServicesOfAConflictKeepTheirOrder) {
  const StoreFolder folder;
  auto connection = migrated(folder.database());
  run_sql(folder.database(),
          "INSERT INTO conflicts (conflict_id, type, host, protocol, port, detail, opened_at, "
          "resolution, revision) VALUES (1, 'drift', 'h', 'tcp', 8000, '', "
          "'2026-11-22T20:00:00.000Z', '', 1);"
          "INSERT INTO conflict_services VALUES (1, 1, 'a'), (1, 0, 'z');");
  EXPECT_EQ(services_of(connection, 1), (std::vector<std::string>{"z", "a"}));
  EXPECT_TRUE(services_of(connection, 2).empty());
}

TEST(RowsTest, AListenerThatCouldNotBeSeenIsOneAllTheSame) {
  const StoreFolder folder;
  auto connection = migrated(folder.database());
  run_sql(
      folder.database(),
      "INSERT INTO conflicts VALUES (1, 'system_conflict', 'h', 'udp', 8000, '', "
      "'2026-11-22T20:00:00.000Z', NULL, '', 1, '::', 8000, 0, '', '', '1000', '', NULL, NULL)");
  auto row = connection.query("load_open_conflicts");
  ASSERT_TRUE(row.next());
  const auto conflict = read_conflict(row);
  ASSERT_TRUE(conflict.listener);
  EXPECT_EQ(conflict.listener->pid, 0);
  EXPECT_EQ(conflict.listener->address, "::");
  EXPECT_EQ(conflict.listener->user, "1000");
  EXPECT_EQ(conflict.listener->protocol, Protocol::udp);
  EXPECT_FALSE(conflict.listener->started);
}

}  // namespace
}  // namespace pm::test
