#include "store/lock_holder.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>

#include "store_support.h"
#include "support/forked_process.h"
#include "support/manual_clock.h"

namespace pm::test {
namespace {

using testing::HasSubstr;

/// A process that begins a transaction, says so, and stays.
ForkedProcess writer_on(const std::filesystem::path& file, const std::string& sql) {
  return ForkedProcess([=] {
    // Never closed: it is killed.
    auto* shell =
        std::make_unique<SQLite::Database>(file.string(), SQLite::OPEN_READWRITE, 5000).release();
    shell->exec(sql);
    return std::string("begun");
  });
}

SqliteStore::Options impatient() {
  SqliteStore::Options options;
  options.busy_timeout = std::chrono::milliseconds(50);
  options.outside_check = std::chrono::milliseconds(10);
  return options;
}

class LockHolderTest : public testing::Test {
 protected:
  void SetUp() override { open_store(folder_.database()); }

  StoreFolder folder_;
  ManualClock clock_;
};

/// The process ends during the first pause.
class EndingClock final : public ManualClock {
 public:
  explicit EndingClock(ForkedProcess& process) : process_(process) {}
  bool pause(std::chrono::milliseconds duration) override {
    process_.stop();
    return ManualClock::pause(duration);
  }

 private:
  ForkedProcess& process_;
};

TEST_F(LockHolderTest, ADatabaseAtRestHasNone) {
  EXPECT_FALSE(asked_lock_holder(folder_.database()));
  EXPECT_FALSE(listed_lock_holder(folder_.database()));
  EXPECT_FALSE(asked_lock_holder(folder_.path() / "none.db"));
  EXPECT_FALSE(lasting_lock_holder(folder_.path() / "none.db", clock_));
}

TEST_F(LockHolderTest, AReaderIsNone) {
  auto reader = writer_on(folder_.database(), "BEGIN; SELECT count(*) FROM services");
  ASSERT_EQ(reader.answer(), "begun");
  EXPECT_FALSE(asked_lock_holder(folder_.database()));
  EXPECT_FALSE(listed_lock_holder(folder_.database()));
}

TEST_F(LockHolderTest, AWriterIsNamed) {
  auto writer = writer_on(folder_.database(), "BEGIN IMMEDIATE");
  ASSERT_EQ(writer.answer(), "begun");
  for (const auto& holder :
       {asked_lock_holder(folder_.database()), listed_lock_holder(folder_.database()),
        lasting_lock_holder(folder_.database(), clock_)}) {
    ASSERT_TRUE(holder);
    EXPECT_EQ(holder->pid, writer.pid());
    EXPECT_EQ(describe(*holder), "store_test (process " + std::to_string(writer.pid()) + ")");
  }
  EXPECT_GE(clock_.elapsed(), std::chrono::seconds(2));
  writer.stop();
  EXPECT_FALSE(asked_lock_holder(folder_.database()));
  EXPECT_FALSE(listed_lock_holder(folder_.database()));
}

TEST_F(LockHolderTest, OneThatKeepsTheWholeDatabaseToItselfIsNamed) {
  run_sql(folder_.database(), "PRAGMA journal_mode = DELETE");
  auto writer = writer_on(folder_.database(), "BEGIN EXCLUSIVE");
  ASSERT_EQ(writer.answer(), "begun");
  EXPECT_EQ(asked_lock_holder(folder_.database()).value_or(LockHolder()).pid, writer.pid());
  EXPECT_EQ(listed_lock_holder(folder_.database()).value_or(LockHolder()).pid, writer.pid());
}

TEST_F(LockHolderTest, ThePortManagerThatWritesIsNoneThatLasts) {
  const auto database = folder_.database();
  ForkedProcess manager([database] {
    auto store = open_store(database).release();
    // The lock file is the store's; what stands here for a long transaction is the process's.
    auto* same =
        std::make_unique<SQLite::Database>(database.string(), SQLite::OPEN_READWRITE).release();
    same->exec("BEGIN IMMEDIATE");
    return std::to_string(store->snapshot()->revision());
  });
  ASSERT_EQ(manager.answer(), "0");
  EXPECT_TRUE(asked_lock_holder(database));
  EXPECT_FALSE(lasting_lock_holder(database, clock_));
}

TEST_F(LockHolderTest, AWriterThatComesToItsEndIsNoneThatLasts) {
  auto writer = writer_on(folder_.database(), "BEGIN IMMEDIATE");
  ASSERT_EQ(writer.answer(), "begun");
  EndingClock clock(writer);
  EXPECT_FALSE(lasting_lock_holder(folder_.database(), clock));
  EXPECT_EQ(clock.elapsed(), std::chrono::milliseconds(20));
}

TEST_F(LockHolderTest, WhoIsNotSeenIsSaidSo) {
  EXPECT_EQ(describe(LockHolder{}), "a process that is not seen from here");
  EXPECT_EQ(describe(LockHolder{4711, ""}), "process 4711");
}

TEST_F(LockHolderTest, WhomAWriterKeepsFromWritingIsToldWho) {
  const auto store = open_store(folder_.database(), impatient());
  auto writer = writer_on(folder_.database(), "BEGIN IMMEDIATE");
  ASSERT_EQ(writer.answer(), "begun");
  const auto refused = store->commit(context_of("me"), rule_of(placed("alpha", 8000, 1)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::storage_failed);
  EXPECT_THAT(refused.error().message,
              HasSubstr("locked: store_test (process " + std::to_string(writer.pid()) +
                        "). Nothing was changed. End its transaction and try again."));
  const auto settled = store->outbox().settle({OutboxOutcome{}});
  ASSERT_FALSE(settled);
  EXPECT_EQ(settled.error().message, refused.error().message);
  writer.stop();
  EXPECT_TRUE(store->commit(context_of("me"), rule_of(placed("alpha", 8000, 1))));
}

TEST_F(LockHolderTest, AStartThatAWriterKeepsFromReadingDoesNotAdviseABackup) {
  run_sql(folder_.database(), "PRAGMA journal_mode = DELETE");
  auto writer = writer_on(folder_.database(), "BEGIN EXCLUSIVE");
  ASSERT_EQ(writer.answer(), "begun");
  const auto opened = SqliteStore::open(folder_.database(), suite_config(), impatient());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("End its transaction and try again"));
}

}  // namespace
}  // namespace pm::test
