#include "store/sqlite_outbox.h"

#include <SQLiteCpp/Column.h>
#include <gtest/gtest.h>

#include "store_support.h"

namespace pm::test {
namespace {

using Kind = OutboxOutcome::Kind;

OutboxOutcome delivered(std::int64_t outbox_id, int at = 100) {
  return {outbox_id, Kind::delivered, at_second(at), {}, ""};
}
OutboxOutcome refused(std::int64_t outbox_id, int at = 100) {
  return {outbox_id, Kind::given_up, at_second(at), {}, "Hub knows no such service."};
}
OutboxOutcome unreachable(std::int64_t outbox_id, int retry_at) {
  return {outbox_id, Kind::retry, at_second(100), at_second(retry_at), "Hub did not answer."};
}

class SqliteOutboxTest : public testing::Test {
 protected:
  static SqliteStore::Options options() {
    SqliteStore::Options options;
    options.outbox_targets = {"hub"};
    options.now = [] { return at_second(900); };
    options.outside_check = std::chrono::hours(1);
    return options;
  }
  Outbox& outbox() { return store_->outbox(); }
  void reopen(SqliteStore::Options options) {
    store_.reset();
    store_ = open_store(folder_.database(), std::move(options));
  }

  /// A commit that announces each of the changes.
  void change(const std::vector<std::pair<std::string, int>>& ports, int second = 0) {
    std::vector<Change> changes;
    for (const auto& [service_id, port] : ports) {
      changes.emplace_back(AnnouncePortChange{service_id, std::nullopt, Port::clamped(port)});
    }
    ASSERT_TRUE(store_->commit(context_of("alice", second), rule_of(std::move(changes))));
  }
  void change(const std::string& service_id, int port, int second = 0) {
    change({{service_id, port}}, second);
  }

  /// The ids of what is due, with the new ports: "1:8001 3:8003".
  std::string due(int second, int limit = 100, const std::string& target = "hub") {
    std::string text;
    const auto events = outbox().due(target, at_second(second), limit).value();
    for (const auto& event : events) {
      text += (text.empty() ? "" : " ") + std::to_string(event.outbox_id) + ":" +
              std::to_string(event.new_port.value().value());
    }
    return text;
  }
  std::optional<Timestamp> next_due(int second) {
    return outbox().next_due("hub", at_second(second)).value();
  }
  void settle(const std::vector<OutboxOutcome>& outcomes) {
    const auto settled = outbox().settle(outcomes);
    ASSERT_TRUE(settled) << settled.error().message;
  }
  OutboxBacklog backlog() { return outbox().backlog("hub").value(); }
  std::string ask(const std::string& sql) { return ask_sql(folder_.database(), sql); }

  StoreFolder folder_;
  std::unique_ptr<SqliteStore> store_{open_store(folder_.database(), options())};
};

TEST_F(SqliteOutboxTest, AnEventSaysWhatHasChanged) {
  ASSERT_TRUE(
      store_->commit(context_of("alice", 7),
                     rule_of({AnnouncePortChange{"web", Port::clamped(8001), Port::clamped(8002)},
                              AnnouncePortChange{"db", Port::clamped(8003), std::nullopt}})));
  settle({unreachable(1, 8)});
  const auto events = outbox().due("hub", at_second(8), 10).value();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].event_id, "1795377607123-1-2");
  EXPECT_EQ(events[0].service_id, "db");
  EXPECT_EQ(events[0].old_port, Port::clamped(8003));
  EXPECT_FALSE(events[0].new_port);
  EXPECT_EQ(events[0].at, at_second(7));
  EXPECT_EQ(events[0].attempts, 0);
  EXPECT_EQ(events[1].event_id, "1795377607123-1-1");
  EXPECT_EQ(events[1].new_port, Port::clamped(8002));
  EXPECT_EQ(events[1].attempts, 1);
}

TEST_F(SqliteOutboxTest, OfEachServiceOnlyTheOldestIsDueAndThoseDueLongestComeFirst) {
  change("web", 8001, 1);
  change("web", 8002, 2);
  change("db", 8003, 3);
  change("api", 8004, 4);
  EXPECT_EQ(due(0), "");
  EXPECT_EQ(due(3), "1:8001 3:8003");
  EXPECT_EQ(due(9), "1:8001 3:8003 4:8004");
  EXPECT_EQ(due(9, 2), "1:8001 3:8003");
  EXPECT_EQ(due(9, 0), "");
  EXPECT_EQ(due(9, -1), "");
  settle({delivered(1), delivered(3)});
  EXPECT_EQ(due(9), "2:8002 4:8004");
  settle({delivered(2), delivered(4)});
  EXPECT_EQ(due(9), "");
  EXPECT_EQ(due(9, 100, "ninja"), "");
}

TEST_F(SqliteOutboxTest, ARetryHoldsBackTheLaterEventsOfItsServiceAndNobodyElse) {
  change("web", 8001, 1);
  change("web", 8002, 2);
  change("db", 8003, 3);
  change("db", 8004, 4);
  EXPECT_FALSE(next_due(9));
  EXPECT_EQ(next_due(0), at_second(1));
  settle({unreachable(1, 30), delivered(3)});
  EXPECT_EQ(due(9), "4:8004");
  EXPECT_EQ(next_due(9), at_second(30));
  EXPECT_EQ(due(29), "4:8004");
  EXPECT_EQ(due(30), "4:8004 1:8001");
  settle({unreachable(1, 60)});
  EXPECT_EQ(next_due(30), at_second(60));
  settle({delivered(1), delivered(4)});
  EXPECT_EQ(due(30), "2:8002");
  EXPECT_EQ(ask("SELECT state || attempts || last_error FROM outbox WHERE outbox_id = 1"),
            "delivered3Hub did not answer.");
}

TEST_F(SqliteOutboxTest, WhatIsGivenUpLetsTheLaterOnesGoOn) {
  change("web", 8001, 1);
  change("web", 8002, 2);
  settle({refused(1, 50)});
  EXPECT_EQ(due(9), "2:8002");
  EXPECT_EQ(ask("SELECT state || settled_at || attempts || last_error FROM outbox"),
            "given_up2026-11-22T20:00:50.123Z1Hub knows no such service.");
}

TEST_F(SqliteOutboxTest, TargetsAreIndependentOfEachOther) {
  auto both = options();
  both.outbox_targets = {"hub", "ninja"};
  reopen(both);
  change("web", 8001);
  change("web", 8002);
  settle({delivered(1)});
  EXPECT_EQ(due(9, 100, "hub"), "3:8002");
  EXPECT_EQ(due(9, 100, "ninja"), "2:8001");
  EXPECT_EQ(outbox().backlog("hub").value(), (OutboxBacklog{1, at_second(0), 1, 0, 0}));
  EXPECT_EQ(outbox().backlog("ninja").value(), (OutboxBacklog{2, at_second(0), 0, 0, 0}));
  EXPECT_EQ(outbox().backlog("nobody").value(), OutboxBacklog{});
}

TEST_F(SqliteOutboxTest, WhatWaitsForATargetThatIsOffIsThereWhenItIsOnAgain) {
  change("web", 8001, 1);
  auto off = options();
  off.outbox_targets.clear();
  reopen(off);
  change("web", 8002, 2);
  EXPECT_EQ(backlog().waiting, 1);
  reopen(options());
  change("web", 8003, 3);
  EXPECT_EQ(due(9), "1:8001");
  EXPECT_EQ(backlog().waiting, 2);
}

TEST_F(SqliteOutboxTest, HurryMakesWhatIsPutOffDueAtOnce) {
  std::vector<std::pair<std::string, int>> ports;
  std::vector<OutboxOutcome> outcomes;
  for (int i = 1; i <= 250; ++i) {
    ports.emplace_back("svc" + std::to_string(i), 8000 + i);
    outcomes.push_back(unreachable(i, 500 + i));
  }
  change(ports, 1);
  change("svc1", 9000, 700);  // the clock was set back afterwards
  settle(outcomes);
  EXPECT_EQ(due(100), "");
  ASSERT_TRUE(outbox().hurry("ninja", at_second(100)));
  EXPECT_EQ(due(100), "");
  ASSERT_TRUE(outbox().hurry("hub", at_second(100)));
  EXPECT_EQ(outbox().due("hub", at_second(100), 1000)->size(), 250U);
  EXPECT_FALSE(next_due(100));
  settle({delivered(1)});
  EXPECT_EQ(outbox().due("hub", at_second(100), 1000)->size(), 250U);
  EXPECT_EQ(ask("SELECT min(attempts) || max(attempts) FROM outbox WHERE outbox_id < 251"), "12");
}

TEST_F(SqliteOutboxTest, AnEventThatHasEndedStaysAsItIs) {
  change({{"web", 8001}, {"db", 8002}});
  settle({});
  settle({delivered(1), refused(2)});
  settle({refused(1), unreachable(2, 5), delivered(2), delivered(77)});
  EXPECT_EQ(ask("SELECT group_concat(state || attempts) FROM outbox"), "delivered1,given_up1");
  EXPECT_EQ(backlog(), (OutboxBacklog{0, std::nullopt, 1, 1, 0}));
}

TEST_F(SqliteOutboxTest, OutcomesAreRecordedAllOrNone) {
  change({{"web", 8001}, {"db", 8002}});
  run_sql(folder_.database(),
          "CREATE TRIGGER broken BEFORE UPDATE ON outbox WHEN OLD.outbox_id = 2 BEGIN "
          "SELECT raise(ABORT, 'the disk is bad'); END");
  const auto failed = outbox().settle({delivered(1), delivered(2)});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::storage_failed);
  EXPECT_NE(failed.error().message.find("the disk is bad"), std::string::npos);
  EXPECT_EQ(due(9), "1:8001 2:8002");
  EXPECT_EQ(backlog().delivered, 0);
  change("api", 8003);
  settle({delivered(1)});
}

TEST_F(SqliteOutboxTest, TrimDropsWhatALaterEventOfTheServiceSupersedes) {
  for (int i = 0; i < 10; ++i) {
    std::vector<std::pair<std::string, int>> ports;
    for (int j = 0; j < 100; ++j) ports.emplace_back(j % 2 ? "web" : "db", 8000 + i * 100 + j);
    change(ports, i);
  }
  change("quiet", 9999, 20);
  const auto dropped = outbox().trim("hub", {100, 50});
  ASSERT_TRUE(dropped);
  EXPECT_EQ(*dropped, 901);
  EXPECT_EQ(backlog(), (OutboxBacklog{100, at_second(0), 0, 0, 901}));
  EXPECT_EQ(due(30), "1:8000 2:8001 1001:9999");
  settle({delivered(1)});
  EXPECT_EQ(due(30), "2:8001 905:8904 1001:9999");
  EXPECT_EQ(ask("SELECT group_concat(outbox_id, ' ') FROM outbox WHERE state = 'waiting' AND "
                "outbox_id > 995"),
            "996 997 998 999 1000 1001");
  EXPECT_EQ(ask("SELECT count(*) || min(settled_at) FROM outbox WHERE state = 'superseded'"),
            "502026-11-22T20:15:00.123Z");
}

TEST_F(SqliteOutboxTest, TrimKeepsTheOldestAndTheNewestOfEachServiceWhateverTheBound) {
  std::vector<std::pair<std::string, int>> ports;
  for (int i = 0; i < 900; ++i) ports.emplace_back("svc" + std::to_string(i % 300), 8000 + i);
  change(ports);
  EXPECT_EQ(outbox().trim("hub", {10, 0}).value(), 300);
  EXPECT_EQ(ask("SELECT count(*) FROM outbox"), "600");
  EXPECT_EQ(ask("SELECT count(*) FROM outbox WHERE new_port BETWEEN 8300 AND 8599"), "0");
  EXPECT_EQ(outbox().trim("hub", {10, 0}).value(), 0);
}

TEST_F(SqliteOutboxTest, OfTheSettledTheLatestStayAndTheCountsOutliveThem) {
  for (int i = 1; i <= 5; ++i) change("svc" + std::to_string(i), 8000 + i);
  settle({delivered(1, 50), refused(2, 10), delivered(3, 20), delivered(4, 40)});
  EXPECT_EQ(outbox().trim("hub", {100, 2}).value(), 0);
  EXPECT_EQ(ask("SELECT group_concat(outbox_id) FROM outbox"), "1,4,5");
  const OutboxBacklog expected{1, at_second(0), 3, 1, 0};
  EXPECT_EQ(backlog(), expected);
  EXPECT_EQ(outbox().trim("hub", {0, 0}).value(), 0);
  EXPECT_EQ(ask("SELECT group_concat(outbox_id) FROM outbox"), "5");
  reopen(options());
  EXPECT_EQ(backlog(), expected);
  change("svc6", 8006);
  EXPECT_EQ(ask("SELECT group_concat(outbox_id) FROM outbox"), "5,6");
}

/// An index leads to what is asked for, however many rows there are.
TEST_F(SqliteOutboxTest, NoStatementScansTheTable) {
  const SQLite::Database database(folder_.database().string(), SQLite::OPEN_READONLY);
  for (const auto* name : {"due_events", "next_due_event", "settle_event", "put_off_events",
                           "hurry_event", "outbox_backlog", "outbox_sizes", "superseded_events",
                           "supersede_event", "oldest_settled_events", "remove_settled_event"}) {
    SQLite::Statement plan(database, "EXPLAIN QUERY PLAN " + statement_text(name));
    int steps = 0;
    for (; plan.executeStep(); ++steps) {
      const auto step = plan.getColumn(3).getString();
      EXPECT_EQ(step.find("SCAN outbox"), std::string::npos) << name << ": " << step;
      EXPECT_EQ(step.find("TEMP B-TREE"), std::string::npos) << name << ": " << step;
    }
    EXPECT_GT(steps, 0) << name;
  }
}

}  // namespace
}  // namespace pm::test
