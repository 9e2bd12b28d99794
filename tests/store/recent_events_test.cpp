#include "store/recent_events.h"

#include <gmock/gmock.h>

#include "store_support.h"

namespace pm::test {
namespace {

using testing::ElementsAre;

class RecentEventsTest : public testing::Test {
 protected:
  std::int64_t commit(std::vector<Change> changes) {
    ++second_;
    const auto done = store_->commit(context_of("alice", second_), rule_of(std::move(changes)));
    EXPECT_TRUE(done);
    return done ? done->revision : 0;
  }
  static AppendHistory move(const std::string& service_id, int from, int to,
                            HistoryAction action = HistoryAction::reassign) {
    return {{0,
             service_id,
             "127.0.0.1",
             Protocol::tcp,
             action,
             Port::clamped(from),
             Port::clamped(to),
             {},
             0}};
  }
  static PutHealth health(const std::string& service_id, HealthStatus status, int second) {
    return {service_id, Port::clamped(8000), {status, "", at_second(second)}};
  }
  static Conflict conflict(int conflict_id) {
    Conflict made;
    made.conflict_id = conflict_id;
    made.type = ConflictType::duplicate_assignment;
    made.key = tcp(8001);
    made.services = {"web", "db"};
    made.detail = "two";
    made.detected_at = at_second(conflict_id);
    return made;
  }
  static Conflict closed(int conflict_id) {
    auto made = conflict(conflict_id);
    made.resolved_at = at_second(90);
    made.resolution = "moved";
    return made;
  }
  /// A word for each event, in their order.
  std::vector<std::string> told(int limit = 100) {
    const auto recent = store_->recent_events(limit);
    EXPECT_TRUE(recent);
    complete_since_ = recent->complete_since;
    std::vector<std::string> words;
    for (const auto& event : recent->events) {
      words.push_back(std::to_string(event.revision) + " " + std::visit(word_of, event.change));
    }
    return words;
  }

  struct WordOf {
    std::string operator()(const AnnouncePortChange& change) const {
      return change.service_id + " to " + to_string(change.new_port.value());
    }
    std::string operator()(const OpenConflict& change) const {
      return "opened of " + change.conflict.services.at(1);
    }
    std::string operator()(const CloseConflict& change) const {
      return "closed, " + change.conflict.resolution;
    }
    std::string operator()(const PutHealth& change) const {
      return change.service_id + " is " + to_string(change.health.status);
    }
  };
  static constexpr WordOf word_of{};

  int second_{0};
  std::int64_t complete_since_{-1};
  StoreFolder folder_;
  std::unique_ptr<SqliteStore> store_{open_store(folder_.database())};
};

TEST_F(RecentEventsTest, AreInTheOrderOfTheirRevisions) {
  commit({move("web", 8000, 8001)});
  commit({OpenConflict{conflict(1)}});
  commit({health("web", HealthStatus::healthy, 3)});
  commit({OpenConflict{conflict(2)}, move("db", 8002, 8003), move("web", 8001, 8004)});
  commit({CloseConflict{closed(1)}});
  EXPECT_THAT(told(), ElementsAre("1 web to 8001", "3 web is healthy", "4 opened of db",
                                  "4 db to 8003", "4 web to 8004", "5 closed, moved"));
  EXPECT_EQ(complete_since_, 0);
}

TEST_F(RecentEventsTest, WhatFailedOrStayedIsNoEvent) {
  commit({move("web", 8000, 8001, HistoryAction::move_failed)});
  commit({move("web", 8000, 8000, HistoryAction::import)});
  EXPECT_THAT(told(), ElementsAre());
}

TEST_F(RecentEventsTest, AStatusIsOneWhenItChanges) {
  commit({health("web", HealthStatus::unknown, 1)});
  commit({health("web", HealthStatus::healthy, 2), health("db", HealthStatus::unhealthy, 2)});
  commit({health("web", HealthStatus::healthy, 3)});
  commit({health("web", HealthStatus::unhealthy, 4)});
  EXPECT_THAT(told(), ElementsAre("2 web is healthy", "2 db is unhealthy", "4 web is unhealthy"));
}

TEST_F(RecentEventsTest, ARevisionIsThereWholeOrNotAtAll) {
  commit({move("web", 8000, 8001)});
  commit({move("web", 8001, 8002), move("db", 8005, 8006)});
  commit({move("web", 8002, 8003)});
  commit({health("web", HealthStatus::healthy, 4)});
  EXPECT_THAT(told(3), ElementsAre("3 web to 8003", "4 web is healthy"));
  EXPECT_EQ(complete_since_, 2);
  EXPECT_THAT(told(2), ElementsAre("3 web to 8003", "4 web is healthy"));
  EXPECT_EQ(complete_since_, 2);
}

TEST_F(RecentEventsTest, WhatIsNoLongerKeptIsNotPromised) {
  commit({move("web", 8000, 8001)});
  commit({health("web", HealthStatus::healthy, 2)});
  for (int i = 0; i < 120; ++i) commit({health("web", HealthStatus::healthy, 3)});
  const auto moved = commit({move("web", 8001, 8002)});
  EXPECT_THAT(told(), ElementsAre(std::to_string(moved) + " web to 8002"));
  EXPECT_EQ(complete_since_, moved - 100);
}

TEST_F(RecentEventsTest, OutliveARestart) {
  commit({move("web", 8000, 8001), OpenConflict{conflict(1)}});
  const auto before = told();
  store_.reset();
  store_ = open_store(folder_.database());
  EXPECT_EQ(told(), before);
}

}  // namespace
}  // namespace pm::test
