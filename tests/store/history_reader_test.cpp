#include "store/history_reader.h"

#include <gtest/gtest.h>

#include "store_support.h"

namespace pm::test {
namespace {

class HistoryReaderTest : public testing::Test {
 protected:
  void commit(std::vector<Change> changes, int seconds) {
    ASSERT_TRUE(store_->commit(context_of("alice", seconds), rule_of(std::move(changes))));
  }
  void add_event(const std::string& service_id, int port, int seconds) {
    commit({AppendHistory{{0,
                           service_id,
                           "127.0.0.1",
                           Protocol::tcp,
                           HistoryAction::assign,
                           std::nullopt,
                           Port::clamped(port),
                           {},
                           0}}},
           seconds);
  }
  static Conflict conflict(std::int64_t conflict_id, int opened) {
    Conflict made;
    made.conflict_id = conflict_id;
    made.type = ConflictType::duplicate_assignment;
    made.key = tcp(8001);
    made.services = {"web", "db"};
    made.detail = "two";
    made.detected_at = at_second(opened);
    return made;
  }
  void close(Conflict each, int closed) {
    each.resolved_at = at_second(closed);
    each.resolution = "moved";
    commit({CloseConflict{each}}, closed);
  }

  StoreFolder folder_;
  std::unique_ptr<SqliteStore> store_{open_store(folder_.database())};
};

TEST_F(HistoryReaderTest, PagesGoFromTheNewestToTheOldest) {
  for (int i = 1; i <= 5; ++i) add_event("web", 8000 + i, i);
  add_event("db", 8100, 6);

  auto page = store_->history("web", 2, std::nullopt);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->rows.size(), 2U);
  EXPECT_EQ(page->rows[0].new_port, Port::clamped(8005));
  EXPECT_EQ(page->rows[0].context.actor, "alice");
  EXPECT_EQ(page->rows[0].context.reason, "because");
  EXPECT_EQ(page->rows[0].context.request_id, "req-5");
  EXPECT_EQ(page->rows[0].context.at, at_second(5));
  EXPECT_EQ(page->rows[0].revision, 5);
  EXPECT_FALSE(page->rows[0].old_port);
  ASSERT_TRUE(page->next_cursor);

  page = store_->history("web", 2, page->next_cursor);
  EXPECT_EQ(page->rows[0].new_port, Port::clamped(8003));
  page = store_->history("web", 2, page->next_cursor);
  ASSERT_EQ(page->rows.size(), 1U);
  EXPECT_EQ(page->rows[0].new_port, Port::clamped(8001));
  EXPECT_FALSE(page->next_cursor);
}

TEST_F(HistoryReaderTest, APageThatEndsWithTheLastRowHasNoNext) {
  add_event("web", 8001, 1);
  add_event("web", 8002, 2);
  const auto page = store_->history("web", 2, std::nullopt);
  EXPECT_EQ(page->rows.size(), 2U);
  EXPECT_FALSE(page->next_cursor);
}

TEST_F(HistoryReaderTest, TheHistoryOfAllGoesFromTheNewestToTheOldest) {
  add_event("web", 8001, 1);
  add_event("db", 8100, 2);
  add_event("web", 8002, 3);
  const auto first = store_->history_of_all({}, 2, std::nullopt);
  ASSERT_TRUE(first);
  ASSERT_EQ(first->rows.size(), 2U);
  EXPECT_EQ(first->rows[0].service_id, "web");
  EXPECT_EQ(first->rows[0].new_port, Port::clamped(8002));
  EXPECT_EQ(first->rows[1].service_id, "db");
  ASSERT_TRUE(first->next_cursor);
  const auto second = store_->history_of_all({}, 2, first->next_cursor);
  ASSERT_EQ(second->rows.size(), 1U);
  EXPECT_EQ(second->rows[0].new_port, Port::clamped(8001));
  EXPECT_FALSE(second->next_cursor);
}

TEST_F(HistoryReaderTest, TheHistoryOfAllSinceATimeHasThatTime) {
  for (int i = 1; i <= 4; ++i) add_event("web", 8000 + i, i);
  const auto page = store_->history_of_all({.since = at_second(3), .port = {}}, 10, std::nullopt);
  ASSERT_EQ(page->rows.size(), 2U);
  EXPECT_EQ(page->rows[1].context.at, at_second(3));
}

TEST_F(HistoryReaderTest, TheHistoryOfAPortHasWhoTookAndWhoLeftIt) {
  add_event("web", 8001, 1);
  add_event("db", 8002, 2);
  commit({AppendHistory{{0,
                         "web",
                         "127.0.0.1",
                         Protocol::tcp,
                         HistoryAction::reassign,
                         Port::clamped(8001),
                         Port::clamped(8003),
                         {},
                         0}}},
         3);
  add_event("cache", 8001, 4);
  const HistoryFilter of_8001{.since = {}, .port = Port::clamped(8001)};
  const auto page = store_->history_of_all(of_8001, 2, std::nullopt);
  ASSERT_EQ(page->rows.size(), 2U);
  EXPECT_EQ(page->rows[0].service_id, "cache");
  EXPECT_EQ(page->rows[1].action, HistoryAction::reassign);
  const auto rest = store_->history_of_all(of_8001, 2, page->next_cursor);
  ASSERT_EQ(rest->rows.size(), 1U);
  EXPECT_EQ(rest->rows[0].context.at, at_second(1));
  const HistoryFilter late{.since = at_second(3), .port = Port::clamped(8001)};
  EXPECT_EQ(store_->history_of_all(late, 10, std::nullopt)->rows.size(), 2U);
}

TEST_F(HistoryReaderTest, AnUnknownServiceHasNoHistory) {
  EXPECT_TRUE(store_->history("ghost", 10, std::nullopt)->rows.empty());
}

TEST_F(HistoryReaderTest, ALimitBelowOneCountsAsOne) {
  add_event("web", 8001, 1);
  add_event("web", 8002, 2);
  EXPECT_EQ(store_->history("web", 0, std::nullopt)->rows.size(), 1U);
  EXPECT_EQ(store_->history("web", -7, std::nullopt)->rows.size(), 1U);
}

TEST_F(HistoryReaderTest, ConflictsComeWithTheirServicesAndResolution) {
  commit({OpenConflict{conflict(1, 1)}}, 1);
  commit({OpenConflict{conflict(2, 2)}}, 2);
  close(conflict(1, 1), 5);

  const auto all = store_->conflict_history(std::nullopt, 10, std::nullopt);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->rows.size(), 2U);
  EXPECT_EQ(all->rows[0].conflict_id, 2);
  EXPECT_FALSE(all->rows[0].resolved_at);
  EXPECT_EQ(all->rows[1].services, (std::vector<std::string>{"web", "db"}));
  EXPECT_EQ(all->rows[1].resolved_at, at_second(5));
  EXPECT_EQ(all->rows[1].resolution, "moved");

  const auto first = store_->conflict_history(std::nullopt, 1, std::nullopt);
  ASSERT_TRUE(first->next_cursor);
  const auto second = store_->conflict_history(std::nullopt, 1, first->next_cursor);
  EXPECT_EQ(second->rows[0].conflict_id, 1);
  EXPECT_FALSE(second->next_cursor);
}

TEST_F(HistoryReaderTest, ConflictsComeWithWhoListened) {
  commit({OpenConflict{squatted(1, "web", 8001)}}, 1);
  commit({OpenConflict{conflict(2, 2)}}, 2);
  close(conflict(1, 1), 5);
  const auto all = store_->conflict_history(std::nullopt, 10, std::nullopt);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->rows.size(), 2U);
  EXPECT_EQ(all->rows[0].listener, std::nullopt);
  EXPECT_EQ(all->rows[1].listener, nginx_on(8001));
  EXPECT_TRUE(all->rows[1].resolved_at);
}

TEST_F(HistoryReaderTest, SinceLeavesOutWhatWasOverByThen) {
  for (int id = 1; id <= 3; ++id) commit({OpenConflict{conflict(id, id)}}, id);
  close(conflict(1, 1), 5);
  close(conflict(2, 2), 8);
  const auto ids = [&](int since) {
    std::vector<std::int64_t> found;
    const auto page = store_->conflict_history(at_second(since), 10, std::nullopt);
    for (const auto& each : page->rows) found.push_back(each.conflict_id);
    return found;
  };
  EXPECT_EQ(ids(5), (std::vector<std::int64_t>{3, 2, 1}));
  EXPECT_EQ(ids(6), (std::vector<std::int64_t>{3, 2}));
  EXPECT_EQ(ids(9), (std::vector<std::int64_t>{3}));
}

TEST_F(HistoryReaderTest, ReadingGoesOnAfterTheWriterHasStopped) {
  add_event("web", 8001, 1);
  store_->stop();
  EXPECT_EQ(store_->history("web", 10, std::nullopt)->rows.size(), 1U);
}

TEST_F(HistoryReaderTest, AFaultIsAnErrorNotAnException) {
  add_event("web", 8001, 1);
  run_sql(folder_.database(), "DROP TABLE port_history");
  const auto page = store_->history("web", 10, std::nullopt);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, ErrorCode::storage_failed);
}

}  // namespace
}  // namespace pm::test
