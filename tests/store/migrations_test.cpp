#include "store/migrations.h"

#include <gtest/gtest.h>

#include <fstream>

#include "store_support.h"

namespace pm::test {
namespace {

class MigrationsTest : public testing::Test {
 protected:
  /// Opening must fail, say why with the path, and leave every byte as it was.
  void expect_refused(const std::string& why) {
    const auto before = bytes_of(folder_.database());
    const auto store = SqliteStore::open(folder_.database(), suite_config());
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, ErrorCode::storage_failed);
    EXPECT_NE(store.error().message.find(folder_.database().string()), std::string::npos)
        << store.error().message;
    EXPECT_NE(store.error().message.find(why), std::string::npos) << store.error().message;
    EXPECT_EQ(bytes_of(folder_.database()), before);
  }
  void write_file(const std::string& bytes) {
    std::ofstream(folder_.database(), std::ios::binary) << bytes;
  }

  StoreFolder folder_;
};

TEST_F(MigrationsTest, MigratingTwiceChangesNothing) {
  auto connection = migrated(folder_.database());
  const auto before = connection.database().getTotalChanges();
  const auto version = connection.number("data_version");
  migrate(connection);
  EXPECT_EQ(connection.database().getTotalChanges(), before);
  EXPECT_EQ(connection.number("data_version"), version);
  EXPECT_EQ(connection.number("user_version"), 3);
  EXPECT_EQ(connection.number("application_id"), 0x504D6772);
}

TEST_F(MigrationsTest, ANewerFileIsRefused) {
  open_store(folder_.database());
  run_sql(folder_.database(), "PRAGMA user_version = 99");
  expect_refused("newer Port Manager (version 99");
}

TEST_F(MigrationsTest, GarbageIsRefused) {
  write_file(std::string(5000, 'x'));
  expect_refused("cannot be read");
}

TEST_F(MigrationsTest, AnEmptyFileIsRefused) {
  write_file("");
  expect_refused("is empty");
}

TEST_F(MigrationsTest, ADatabaseOfAnotherProgramIsRefused) {
  SQLite::Database other(folder_.database().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  other.exec("CREATE TABLE recipes (name TEXT)");
  expect_refused("another program");
}

TEST_F(MigrationsTest, ADamagedDatabaseIsRefused) {
  {
    const auto store = open_store(folder_.database());
    for (int i = 0; i < 50; ++i) {
      const auto id = "svc" + std::to_string(i);
      ASSERT_TRUE(store->commit(context_of("alice"), rule_of(placed(id, 8000 + i, i + 1))));
    }
  }
  auto bytes = bytes_of(folder_.database());
  // The first page, with header and schema, stays sound.
  for (std::size_t i = 8192; i < bytes.size(); i += 7) bytes[i] = 'x';
  write_file(bytes);
  expect_refused(". Restore a backup");
}

TEST_F(MigrationsTest, AMissingFolderIsNamed) {
  const auto store = SqliteStore::open(folder_.path() / "missing" / "pm.db", suite_config());
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message.find("missing/pm.db"), std::string::npos);
}

TEST_F(MigrationsTest, TheIndexRefusesASecondHolderThatIsNotContested) {
  const auto store = open_store(folder_.database());
  ASSERT_TRUE(store->commit(context_of("alice"), rule_of(placed("web", 8001, 1))));
  ASSERT_TRUE(store->commit(context_of("alice"), rule_of({PutService{service("db")}})));
  const std::string insert = "INSERT INTO assignments VALUES ('db', '127.0.0.1', 'tcp', 8001, ";
  const std::string rest = ", 2, '2026-11-22T20:00:00.000Z', 1)";
  EXPECT_NE(refusal_of(folder_.database(), insert + "0" + rest).find("UNIQUE"), std::string::npos);
  EXPECT_EQ(refusal_of(folder_.database(), insert + "1" + rest), "");
}

TEST_F(MigrationsTest, HistoryAndChangesAreAppendOnly) {
  {
    const auto store = open_store(folder_.database());
    ASSERT_TRUE(store->commit(context_of("alice"), rule_of({AppendHistory{{0,
                                                                           "web",
                                                                           "127.0.0.1",
                                                                           Protocol::tcp,
                                                                           HistoryAction::assign,
                                                                           std::nullopt,
                                                                           Port::clamped(8001),
                                                                           {},
                                                                           0}}})));
  }
  for (const std::string table : {"port_history", "changes"}) {
    EXPECT_EQ(refusal_of(folder_.database(), "UPDATE " + table + " SET actor = 'nobody'"),
              table + " is append-only: rows are never updated");
    EXPECT_EQ(refusal_of(folder_.database(), "DELETE FROM " + table),
              table + " is append-only: rows are never deleted");
  }
}

TEST_F(MigrationsTest, ValuesThatAreNoneOfOursAreRefusedByTheTables) {
  open_store(folder_.database());
  const auto refused = [&](const std::string& values) {
    return refusal_of(folder_.database(), "INSERT INTO reservations VALUES (" + values + ")");
  };
  EXPECT_NE(refused("'127.0.0.1', 'tcp', 80, '', NULL, 1, 1, 0, ''"), "");
  EXPECT_NE(refused("'127.0.0.1', 'tcp', 65536, '', NULL, 1, 1, 0, ''"), "");
  EXPECT_NE(refused("'127.0.0.1', 'sctp', 8000, '', NULL, 1, 1, 0, ''"), "");
  EXPECT_NE(refused("'127.0.0.1', 'tcp', 8000, '', '2026-11-22 20:00:00', 1, 1, 0, ''"), "");
  EXPECT_NE(refused("'127.0.0.1', 'tcp', 8000, '', NULL, 1, 1, 2, ''"), "");
  EXPECT_NE(refused("'127.0.0.1', 'tcp', 8000, '', NULL, 1, 1, 1, NULL"), "");
  EXPECT_EQ(refused("'127.0.0.1', 'tcp', 8000, '', '2026-11-22T20:00:00.000Z', 1, 1, 1, 'web'"),
            "");
}

TEST_F(MigrationsTest, AConflictHasAWholeListenerOrNone) {
  open_store(folder_.database());
  const auto refused = [&](const std::string& id, const std::string& listener) {
    return !refusal_of(folder_.database(),
                       "INSERT INTO conflicts VALUES (" + id +
                           ", 'drift', '127.0.0.1', 'tcp', 8000, '', '2026-11-22T20:00:00.000Z', "
                           "NULL, '', 1, " +
                           listener + ")")
                .empty();
  };
  EXPECT_FALSE(refused("1", "'::', 8001, 0, '', '', '1000', '', NULL, NULL"));
  EXPECT_FALSE(refused("2", "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"));
  EXPECT_TRUE(refused("3", "NULL, NULL, 12, 'nginx', NULL, NULL, NULL, NULL, NULL"));
  EXPECT_TRUE(refused("3", "'::', 8001, 12, 'nginx', NULL, 'root', '', NULL, NULL"));
  EXPECT_TRUE(refused("3", "'::', 80, 12, 'nginx', '', 'root', '', NULL, NULL"));
  EXPECT_TRUE(refused("3", "'::', 8001, 12, 'nginx', '', 'root', '', 'yesterday', NULL"));
}

TEST_F(MigrationsTest, AFileOfTheFirstVersionIsBroughtUpToDate) {
  {
    SQLite::Database old(folder_.database().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    old.exec(bytes_of(PM_SOURCE_DIR "/migrations/0001_registry.sql"));
    old.exec(
        "INSERT INTO changes VALUES (1, '2026-11-22T20:00:00.000Z', 'import', 'alice', '', '');"
        "INSERT INTO services VALUES ('web', 'The web', NULL, '/health', 'webd', 'core', "
        "'2026-11-22T20:00:00.123Z', 1);"
        "INSERT INTO assignments VALUES ('web', '127.0.0.1', 'tcp', 8001, 0, 1, "
        "'2026-11-22T20:00:01.123Z', 1);"
        "INSERT INTO reservations VALUES ('127.0.0.1', 'tcp', 8003, 'for later', NULL, 2, 1);"
        "INSERT INTO conflicts VALUES (4, 'drift', '127.0.0.1', 'tcp', 8001, 'elsewhere', "
        "'2026-11-22T20:00:00.123Z', NULL, '', 1);"
        "INSERT INTO conflict_services VALUES (4, 0, 'web');"
        "INSERT INTO port_history VALUES (7, 'web', '127.0.0.1', 'tcp', 'reassign', 8000, 8001, "
        "'alice', '', '', '2026-11-22T20:00:00.123Z', 1);"
        "INSERT INTO outbox (event_id, target, service_id, old_port, new_port, at, "
        "next_attempt_at, delivered_at, revision) VALUES "
        "('1-1', 'hub', 'web', NULL, 8000, '2026-11-22T20:00:00.123Z', "
        "'2026-11-22T20:00:00.123Z', '2026-11-22T20:00:09.123Z', 1), "
        "('1-2', 'hub', 'web', 8000, 8001, '2026-11-22T20:00:00.123Z', "
        "'2026-11-22T20:00:30.123Z', NULL, 1), "
        "('1-3', 'hub', 'web', 8001, 8002, '2026-11-22T20:00:00.123Z', "
        "'2026-11-22T20:00:00.123Z', NULL, 1);");
  }
  const auto store = open_store(folder_.database());
  const auto snapshot = store->snapshot();
  EXPECT_EQ(ask_sql(folder_.database(), "PRAGMA user_version"), "3");
  EXPECT_EQ(snapshot->revision(), 1);
  ASSERT_TRUE(snapshot->service("web"));
  EXPECT_EQ(*snapshot->service("web"), service("web"));
  EXPECT_EQ(snapshot->holders(tcp(8001)), (std::vector<std::string>{"web"}));
  const auto* reservation = snapshot->reservation(tcp(8003));
  ASSERT_TRUE(reservation);
  EXPECT_EQ(*reservation, (Reservation{tcp(8003), "for later", std::nullopt, 2, false, ""}));
  const auto* conflict = snapshot->open_conflicts().find(4);
  ASSERT_TRUE(conflict);
  EXPECT_EQ(conflict->detail, "elsewhere");
  EXPECT_EQ(conflict->services, (std::vector<std::string>{"web"}));
  EXPECT_FALSE(conflict->listener);
  EXPECT_EQ(snapshot->released_at(tcp(8000)), at_second(0));
  EXPECT_FALSE(snapshot->identity("web"));

  auto& outbox = store->outbox();
  EXPECT_EQ(outbox.backlog("hub").value(), (OutboxBacklog{2, at_second(0), 1, 0, 0}));
  EXPECT_TRUE(outbox.due("hub", at_second(29), 10)->empty());
  const auto due = outbox.due("hub", at_second(30), 10).value();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].event_id, "1-2");
  EXPECT_EQ(ask_sql(folder_.database(), "SELECT state || settled_at FROM outbox"),
            "delivered2026-11-22T20:00:09.123Z");

  ASSERT_TRUE(store->commit(context_of("bob"), rule_of({PutIdentity{identity_of("web")},
                                                        OpenConflict{squatted(5, "web", 8001)}})));
  const auto history = store->conflict_history(std::nullopt, 10, std::nullopt);
  ASSERT_TRUE(history);
  EXPECT_EQ(history->rows.size(), 2U);
}

TEST_F(MigrationsTest, AServiceHasOneMoveUnderWayAndAPortOneClaim) {
  open_store(folder_.database());
  const auto refused = [&](const std::string& id, const std::string& service_id,
                           const std::string& to, const std::string& state) {
    return !refusal_of(folder_.database(),
                       "INSERT INTO moves VALUES (" + id + ", '" + service_id +
                           "', '127.0.0.1', 'tcp', 8000, " + to + ", '" + state +
                           "', 'requested', 0, 0, '', '', '', '', '2026-11-22T20:00:00.000Z', "
                           "NULL, 1)")
                .empty();
  };
  EXPECT_FALSE(refused("1", "web", "8001", "pending"));
  EXPECT_TRUE(refused("2", "web", "8002", "pending"));
  EXPECT_FALSE(refused("2", "web", "8002", "planned"));
  EXPECT_TRUE(refused("3", "db", "8001", "pending"));
  EXPECT_TRUE(refused("3", "db", "8002", "planned"));
  EXPECT_FALSE(refused("3", "db", "8001", "rolled_back"));
}

TEST_F(MigrationsTest, AnEventOfTheOutboxWaitsOrHasEnded) {
  open_store(folder_.database());
  const auto refused = [&](const std::string& id, const std::string& values) {
    return !refusal_of(folder_.database(),
                       "INSERT INTO outbox (event_id, target, service_id, at, next_attempt_at, "
                       "revision, state, settled_at) VALUES ('" +
                           id +
                           "', 'hub', 'web', '2026-11-22T20:00:00.000Z', "
                           "'2026-11-22T20:00:00.000Z', 1, " +
                           values + ")")
                .empty();
  };
  EXPECT_FALSE(refused("1", "'waiting', NULL"));
  EXPECT_FALSE(refused("2", "'given_up', '2026-11-22T20:00:00.000Z'"));
  EXPECT_TRUE(refused("3", "'waiting', '2026-11-22T20:00:00.000Z'"));
  EXPECT_TRUE(refused("3", "'delivered', NULL"));
  EXPECT_TRUE(refused("3", "'delivered', 'yesterday'"));
  EXPECT_TRUE(refused("3", "'lost', '2026-11-22T20:00:00.000Z'"));
}

/// Whatever is done by hand, the oldest that waits of each service is the next.
TEST_F(MigrationsTest, TheOutboxStaysInOrderWhenItIsCorrectedByHand) {
  open_store(folder_.database());
  for (int i = 1; i <= 6; ++i) {
    run_sql(folder_.database(),
            "INSERT INTO outbox (event_id, target, service_id, at, next_attempt_at, revision) "
            "VALUES ('" +
                std::to_string(i) + "', 'hub', '" + (i % 2 ? "odd" : "even") +
                "', '2026-11-22T20:00:00.000Z', '2026-11-22T20:00:00.000Z', 1)");
  }
  const auto next_after = [&](const std::string& sql) {
    run_sql(folder_.database(), sql);
    return ask_sql(folder_.database(),
                   "SELECT group_concat(outbox_id) FROM (SELECT outbox_id FROM outbox WHERE "
                   "is_next = 1 ORDER BY outbox_id)");
  };
  const std::string give_up =
      "UPDATE outbox SET state = 'given_up', settled_at = '2026-11-22T20:00:00.000Z' ";
  const std::string tell_again = "UPDATE outbox SET state = 'waiting', settled_at = NULL ";
  EXPECT_EQ(next_after("SELECT 1"), "1,2");
  EXPECT_EQ(next_after(give_up + "WHERE outbox_id = 1"), "2,3");
  EXPECT_EQ(next_after(give_up + "WHERE outbox_id = 5"), "2,3");
  EXPECT_EQ(next_after(tell_again + "WHERE outbox_id = 5"), "2,3");
  EXPECT_EQ(next_after(tell_again + "WHERE outbox_id = 1"), "1,2");
  EXPECT_EQ(next_after(give_up + "WHERE outbox_id < 5"), "5,6");
  EXPECT_EQ(next_after(tell_again), "1,2");
  EXPECT_EQ(next_after("DELETE FROM outbox WHERE outbox_id IN (1, 3, 4)"), "2,5");
  EXPECT_EQ(next_after(give_up), "");
  EXPECT_EQ(next_after(tell_again + "WHERE service_id = 'even'"), "2");
  EXPECT_EQ(next_after("DELETE FROM outbox"), "");
  EXPECT_EQ(ask_sql(folder_.database(), "SELECT given_up FROM outbox_totals WHERE target = 'hub'"),
            "9");
}

}  // namespace
}  // namespace pm::test
