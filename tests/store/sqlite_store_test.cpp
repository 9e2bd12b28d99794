#include "store/sqlite_store.h"

#include <gtest/gtest.h>

#include "domain/assignment_rules.h"
#include "store_support.h"

namespace pm::test {
namespace {

Store::Rule assigning(const std::string& service_id, int port, bool force = false) {
  return [=](Draft& draft) -> Expected<void> {
    const auto assigned = assign(draft, {service_id, tcp(port), force});
    if (!assigned) return tl::unexpected(assigned.error());
    return {};
  };
}

TEST(SqliteStoreTest, WhatTheRulesOfTheDomainDoSurvivesAReopen) {
  const StoreFolder folder;
  std::string before;
  {
    const auto store = open_store(folder.database(), {.outbox_targets = {"hub"}});
    ASSERT_TRUE(store->commit(context_of("alice", 1), assigning("web", 8001)));
    ASSERT_TRUE(store->commit(context_of("alice", 2), assigning("db", 8001, true)));
    ASSERT_TRUE(store->commit(context_of("alice", 3), assigning("api", 8001, true)));
    EXPECT_EQ(store->snapshot()->open_conflicts().size(), 1U);
    ASSERT_TRUE(store->commit(context_of("bob", 4), [](Draft& draft) -> Expected<void> {
      const auto released = release(draft, "web");
      if (!released) return tl::unexpected(released.error());
      return {};
    }));
    EXPECT_EQ(store->snapshot()->holders(tcp(8001)), (std::vector<std::string>{"db", "api"}));
    before = dump(*store->snapshot());
  }
  const auto reopened = open_store(folder.database());
  EXPECT_EQ(dump(*reopened->snapshot()), before);
  EXPECT_EQ(reopened->history("web", 10, std::nullopt)->rows.size(), 2U);
}

TEST(SqliteStoreTest, ARefusedRuleLeavesNothing) {
  const StoreFolder folder;
  const auto store = open_store(folder.database());
  ASSERT_TRUE(store->commit(context_of("alice", 1), assigning("web", 8001)));
  const auto before = store->snapshot();
  const auto refused = store->commit(context_of("bob", 2), assigning("db", 8001));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::port_taken);
  EXPECT_EQ(store->snapshot(), before);
  EXPECT_EQ(ask_sql(folder.database(), "SELECT count(*) FROM changes WHERE actor = 'bob'"), "0");
}

TEST(SqliteStoreTest, AssigningWhatAServiceHasCommitsNothing) {
  const StoreFolder folder;
  const auto store = open_store(folder.database());
  const auto first = store->commit(context_of("alice", 1), assigning("web", 8001));
  const auto second = store->commit(context_of("alice", 2), assigning("web", 8001));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->revision, first->revision);
  EXPECT_EQ(second->registry, store->snapshot());
}

TEST(SqliteStoreTest, AFileIsOpenOnceAlsoUnderAnotherName) {
  const StoreFolder folder;
  auto store = open_store(folder.database());
  const auto alias = folder.path() / "alias.db";
  std::filesystem::create_symlink(folder.database(), alias);
  for (const auto& name : {folder.database(), alias}) {
    const auto second = SqliteStore::open(name, suite_config());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::storage_failed);
    EXPECT_NE(second.error().message.find(folder.database().string()), std::string::npos);
  }
  store.reset();
  EXPECT_TRUE(SqliteStore::open(folder.database(), suite_config()));
}

TEST(SqliteStoreTest, ClosingFoldsTheWriteAheadLogIntoTheFile) {
  const StoreFolder folder;
  {
    const auto store = open_store(folder.database());
    ASSERT_TRUE(store->commit(context_of("alice", 1), assigning("web", 8001)));
    ASSERT_TRUE(store->history("web", 1, std::nullopt));
  }
  EXPECT_FALSE(std::filesystem::exists(folder.database().string() + "-wal"));
}

TEST(SqliteStoreTest, AFailedFirstStartLeavesNoEmptyFile) {
  const StoreFolder folder;
  std::filesystem::create_directory(folder.database().string() + "-wal");
  const auto refused = SqliteStore::open(folder.database(), suite_config());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find(folder.database().string()), std::string::npos);
  std::filesystem::remove(folder.database().string() + "-wal");
  EXPECT_TRUE(SqliteStore::open(folder.database(), suite_config()));
}

TEST(SqliteStoreTest, AfterStopCommitsAreRefused) {
  const StoreFolder folder;
  const auto store = open_store(folder.database());
  store->stop();
  const auto refused = store->commit(context_of("alice", 1), assigning("web", 8001));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::shutting_down);
}

}  // namespace
}  // namespace pm::test
