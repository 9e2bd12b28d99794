#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "store/sqlite_outbox.h"
#include "store_support.h"
#include "support/eventually.h"

namespace pm::test {
namespace {

Store::Rule announcing(const std::string& service_id, int port) {
  return rule_of({AnnouncePortChange{service_id, std::nullopt, Port::clamped(port)}});
}

OutboxOutcome delivered(std::int64_t outbox_id) {
  return {outbox_id, OutboxOutcome::Kind::delivered, at_second(100), {}, ""};
}

OutboxOutcome put_off(std::int64_t outbox_id) {
  return {outbox_id, OutboxOutcome::Kind::retry, at_second(100), at_second(1000), "No answer."};
}

/// The outbox next to the registry that it shares the writer with.
class SqliteOutboxWriterTest : public testing::Test {
 protected:
  static SqliteStore::Options options() {
    SqliteStore::Options options;
    options.outbox_targets = {"hub"};
    options.outside_check = std::chrono::milliseconds(1);
    return options;
  }
  void commit(const std::string& service_id, int port) {
    const auto committed = store_->commit(context_of("alice"), announcing(service_id, port));
    ASSERT_TRUE(committed) << committed.error().message;
  }
  std::string ask(const std::string& sql) { return ask_sql(folder_.database(), sql); }

  StoreFolder folder_;
  std::unique_ptr<SqliteStore> store_{open_store(folder_.database(), options())};
};

TEST_F(SqliteOutboxWriterTest, WhatIsWrittenIsNoChangeOfTheRegistry) {
  std::vector<std::string> actions;
  store_->observe([&](const CommitNotice& notice) { actions.push_back(notice.changes->action); });
  for (int i = 1; i <= 5; ++i) commit("web", 8000 + i);
  const auto before = store_->snapshot();
  ASSERT_TRUE(store_->outbox().settle({delivered(1)}));
  ASSERT_TRUE(store_->outbox().settle({put_off(2)}));
  ASSERT_TRUE(store_->outbox().hurry("hub", at_second(200)));
  ASSERT_EQ(store_->outbox().trim("hub", {2, 1}).value(), 2);
  EXPECT_EQ(store_->snapshot(), before);
  // A commit looks for changes by others before it decides.
  commit("db", 8010);
  EXPECT_EQ(store_->snapshot()->revision(), 6);
  store_->stop();
  EXPECT_EQ(actions, std::vector<std::string>(6, "test"));
  EXPECT_EQ(ask("SELECT count(*) FROM changes"), "6");
}

TEST_F(SqliteOutboxWriterTest, ACommitIsWrittenToTheDiskAlsoAfterwards) {
  run_sql(folder_.database(),
          "CREATE TABLE seen (mode INTEGER);"
          "CREATE TRIGGER see_commit AFTER INSERT ON changes BEGIN "
          "INSERT INTO seen SELECT synchronous FROM pragma_synchronous; END;"
          "CREATE TRIGGER see_outbox AFTER UPDATE OF state ON outbox BEGIN "
          "INSERT INTO seen SELECT synchronous FROM pragma_synchronous; END;");
  ASSERT_TRUE(eventually([&] { return store_->snapshot()->revision() == 1; }));
  commit("web", 8001);
  ASSERT_TRUE(store_->outbox().settle({put_off(1)}));
  commit("web", 8002);
  ASSERT_TRUE(store_->outbox().settle({delivered(1)}));
  ASSERT_TRUE(store_->outbox().settle({delivered(2)}));
  commit("web", 8003);
  // 2 is FULL, 1 is NORMAL. The first is the revision for the triggers, which somebody else made.
  EXPECT_EQ(ask("SELECT group_concat(mode) FROM seen"), "2,2,1,2,1,1,2");
}

TEST_F(SqliteOutboxWriterTest, AChangeByAnotherProgramIsStillNoticed) {
  ASSERT_TRUE(store_->commit(context_of("alice"), rule_of({PutService{service("web")}})));
  commit("web", 8001);
  run_sql(folder_.database(), "UPDATE services SET name = 'Fixed by hand'");
  const auto noticed = [&] { return store_->snapshot()->service("web")->name == "Fixed by hand"; };
  EXPECT_TRUE(eventually([&] {
    EXPECT_TRUE(store_->outbox().settle({put_off(1)}));
    return noticed();
  }));
  EXPECT_EQ(store_->snapshot()->revision(), 3);
}

TEST_F(SqliteOutboxWriterTest, CommitsAndOutcomesOfManyThreadsLoseNothing) {
  constexpr int services = 4;
  constexpr int each = 40;
  std::atomic<bool> is_done{false};
  std::map<std::string, std::vector<int>> told;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < services; ++i) {
      threads.emplace_back([&, i] {
        for (int j = 0; j < each; ++j) commit("svc" + std::to_string(i), 8000 + j);
      });
    }
    threads.emplace_back([&] {
      while (!is_done) {
        EXPECT_TRUE(store_->outbox().hurry("hub", at_second(200)));
        EXPECT_EQ(store_->outbox().trim("hub", {1000, 20}).value(), 0);
      }
    });
    int settled = 0;
    EXPECT_TRUE(eventually(
        [&] {
          std::vector<OutboxOutcome> outcomes;
          const auto due = store_->outbox().due("hub", at_second(200), 3).value();
          for (const auto& event : due) {
            const bool first_try = event.attempts == 0;
            outcomes.push_back(first_try ? put_off(event.outbox_id) : delivered(event.outbox_id));
            if (first_try) continue;
            told[event.service_id].push_back(event.new_port->value());
            ++settled;
          }
          EXPECT_TRUE(store_->outbox().settle(outcomes));
          return settled == services * each;
        },
        std::chrono::seconds(60)));
    is_done = true;
  }
  std::vector<int> in_order;
  for (int j = 0; j < each; ++j) in_order.push_back(8000 + j);
  EXPECT_EQ(told.size(), std::size_t{services});
  for (const auto& [service_id, ports] : told) EXPECT_EQ(ports, in_order) << service_id;
  EXPECT_EQ(store_->outbox().backlog("hub").value(),
            (OutboxBacklog{0, std::nullopt, services * each, 0, 0}));
  EXPECT_EQ(ask("SELECT count(*) || '/' || max(revision) || min(action) FROM changes"),
            "160/160test");
}

TEST_F(SqliteOutboxWriterTest, ACrashForgetsNothing) {
  commit("web", 8001);
  commit("web", 8002);
  ASSERT_TRUE(store_->outbox().settle({delivered(1)}));
  ASSERT_TRUE(store_->outbox().settle({put_off(2)}));
  // What a process that is killed now leaves behind.
  const StoreFolder crashed;
  for (const std::string suffix : {"", "-wal"}) {
    std::filesystem::copy_file(folder_.database().string() + suffix,
                               crashed.database().string() + suffix);
  }
  const auto reopened = open_store(crashed.database(), options());
  EXPECT_EQ(reopened->snapshot()->revision(), 2);
  EXPECT_EQ(reopened->outbox().backlog("hub").value(), store_->outbox().backlog("hub").value());
  EXPECT_EQ(reopened->outbox().next_due("hub", at_second(0)).value(), at_second(1000));
}

TEST_F(SqliteOutboxWriterTest, WhileAnotherProgramWritesOnlyTheCallerWaits) {
  store_.reset();
  auto impatient = options();
  impatient.busy_timeout = std::chrono::milliseconds(30);
  store_ = open_store(folder_.database(), impatient);
  commit("web", 8001);
  SQLite::Database shell(folder_.database().string(), SQLite::OPEN_READWRITE);
  shell.exec("BEGIN IMMEDIATE");
  const auto failed = store_->outbox().settle({delivered(1)});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::storage_failed);
  EXPECT_NE(failed.error().message.find(folder_.database().string()), std::string::npos);
  EXPECT_EQ(store_->outbox().due("hub", at_second(9), 10)->size(), 1U);
  shell.exec("ROLLBACK");
  EXPECT_TRUE(store_->outbox().settle({delivered(1)}));
}

TEST_F(SqliteOutboxWriterTest, AnOutcomeIsRecordedOnceTheOtherProgramIsDone) {
  commit("web", 8001);
  SQLite::Database shell(folder_.database().string(), SQLite::OPEN_READWRITE);
  shell.exec("BEGIN IMMEDIATE");
  std::jthread caller([&] { EXPECT_TRUE(store_->outbox().settle({delivered(1)})); });
  EXPECT_EQ(store_->outbox().backlog("hub")->delivered, 0);
  shell.exec("ROLLBACK");
  caller.join();
  EXPECT_EQ(store_->outbox().backlog("hub")->delivered, 1);
}

TEST_F(SqliteOutboxWriterTest, AStopDoesNotWaitForTheOtherProgram) {
  store_.reset();
  auto stopping = options();
  int pauses = 0;
  stopping.pause = [&pauses](std::chrono::milliseconds) { return ++pauses < 3; };
  store_ = open_store(folder_.database(), stopping);
  commit("web", 8001);
  SQLite::Database shell(folder_.database().string(), SQLite::OPEN_READWRITE);
  shell.exec("BEGIN IMMEDIATE");
  const auto refused = store_->outbox().settle({delivered(1)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::shutting_down);
  EXPECT_EQ(pauses, 3);
}

TEST_F(SqliteOutboxWriterTest, AfterStopOutcomesAreRefusedAndReadingGoesOn) {
  commit("web", 8001);
  store_->stop();
  const auto refused = store_->outbox().settle({delivered(1)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::shutting_down);
  EXPECT_EQ(store_->outbox().due("hub", at_second(9), 10)->size(), 1U);
}

TEST_F(SqliteOutboxWriterTest, ADatabaseThatCannotBeReadIsNamed) {
  run_sql(folder_.database(), "ALTER TABLE outbox RENAME TO gone");
  const auto failed = store_->outbox().due("hub", at_second(9), 10);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::storage_failed);
  EXPECT_NE(failed.error().message.find(folder_.database().string()), std::string::npos);
  EXPECT_FALSE(store_->outbox().trim("hub", {}));
  EXPECT_FALSE(store_->outbox().hurry("hub", at_second(9)));
}

}  // namespace
}  // namespace pm::test
