#include "store/connection.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Exception.h>
#include <gtest/gtest.h>

#include "store_support.h"

namespace pm::test {
namespace {

TEST(ConnectionTest, AStatementWithoutAFileIsADefect) {
  EXPECT_THROW(statement_text("no_such_statement"), std::logic_error);
}

TEST(ConnectionTest, AParameterIsNullUntilSetAlsoWhenTheStatementIsUsedAgain) {
  const StoreFolder folder;
  auto connection = migrated(folder.database());
  const auto put = [&](bool with_value) {
    auto query = connection.query("put_setting");
    query.set(":key", "a").set(":revision", std::int64_t{1});
    if (with_value) query.set(":value", "text");
    query.run();
  };
  EXPECT_NO_THROW(put(true));
  EXPECT_THROW(put(false), SQLite::Exception);
  EXPECT_NO_THROW(put(true));
}

TEST(ConnectionTest, AnAbandonedCursorKeepsNoTransactionOpen) {
  const StoreFolder folder;
  auto connection = migrated(folder.database());
  run_sql(folder.database(), "INSERT INTO settings VALUES ('a', 'x', 1), ('b', 'y', 1)");
  {
    auto query = connection.query("load_setting");
    query.set(":key", "a");
    ASSERT_TRUE(query.next());
    EXPECT_EQ(query.text(0), "x");
  }
  EXPECT_NO_THROW(run_sql(folder.database(), "UPDATE settings SET value = 'z'"));
  auto query = connection.query("load_setting");
  query.set(":key", "a");
  ASSERT_TRUE(query.next());
  EXPECT_EQ(query.text(0), "z");
}

TEST(ConnectionTest, SqlInAValueStaysAValue) {
  const StoreFolder folder;
  auto connection = migrated(folder.database());
  const std::string hostile = "x'); DROP TABLE settings; --";
  connection.query("put_setting")
      .set(":key", hostile)
      .set(":value", hostile)
      .set(":revision", std::int64_t{1})
      .run();
  auto query = connection.query("load_setting");
  query.set(":key", hostile);
  ASSERT_TRUE(query.next());
  EXPECT_EQ(query.text(0), hostile);
}

TEST(ConnectionTest, WritesAreDurableAndForeignKeysHold) {
  const StoreFolder folder;
  auto connection = migrated(folder.database());
  const auto pragma = [&](const std::string& name) {
    return connection.database().execAndGet("PRAGMA " + name).getString();
  };
  EXPECT_EQ(pragma("journal_mode"), "wal");
  EXPECT_EQ(pragma("synchronous"), "2");
  EXPECT_EQ(pragma("foreign_keys"), "1");
}

TEST(ConnectionTest, RelaxedWritesNeitherWaitForTheDiskNorForAnotherProgram) {
  const StoreFolder folder;
  auto connection = migrated(folder.database());
  const auto pragma = [&](const std::string& name) {
    return connection.database().execAndGet("PRAGMA " + name).getInt();
  };
  using Writes = Connection::Writes;
  for (const auto writes : {Writes::durable, Writes::relaxed, Writes::relaxed, Writes::durable}) {
    connection.set_writes(writes);
    EXPECT_EQ(pragma("synchronous"), writes == Writes::durable ? 2 : 1);
    EXPECT_EQ(pragma("busy_timeout"), writes == Writes::durable ? 5000 : 0);
  }
}

TEST(ConnectionTest, WritesThatCouldNotBeSetAreSetTheNextTime) {
  const StoreFolder folder;
  auto connection = migrated(folder.database());
  connection.set_writes(Connection::Writes::relaxed);
  connection.database().exec("BEGIN");
  EXPECT_THROW(connection.set_writes(Connection::Writes::durable), SQLite::Exception);
  connection.database().exec("COMMIT");
  connection.set_writes(Connection::Writes::durable);
  EXPECT_EQ(connection.database().execAndGet("PRAGMA synchronous").getInt(), 2);
}
}  // namespace
}  // namespace pm::test
