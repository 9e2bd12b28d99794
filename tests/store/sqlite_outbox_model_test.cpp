#include <SQLiteCpp/Column.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <sstream>

#include "app/rfc3339.h"
#include "store/sqlite_outbox.h"
#include "store_support.h"
#include "support/memory_outbox.h"

namespace pm::test {
namespace {

std::string text_of(const MemoryOutbox::Row& row) {
  static constexpr std::array states{"waiting", "delivered", "given_up", "superseded"};
  const auto port = [](const std::optional<Port>& each) {
    return each ? std::to_string(each->value()) : "-";
  };
  std::ostringstream out;
  out << row.event.outbox_id << '|' << row.target << '|' << row.event.service_id << '|'
      << port(row.event.old_port) << '|' << port(row.event.new_port) << '|'
      << to_rfc3339(row.event.at) << '|' << states.at(static_cast<std::size_t>(row.state)) << '|'
      << row.event.attempts << '|' << to_rfc3339(row.next_attempt_at) << '|'
      << (row.settled_at ? to_rfc3339(*row.settled_at) : "-") << '|' << row.last_error;
  return out.str();
}

std::string text_of(const OutboxEvent& event) {
  return std::to_string(event.outbox_id) + "|" + event.service_id + "|" +
         std::to_string(event.attempts);
}

/// Does the same to an outbox on a file and to the model, by chance but always alike.
class SqliteOutboxModelTest : public testing::Test {
 protected:
  void open() {
    store_.reset();
    SqliteStore::Options options;
    options.outbox_targets = {"hub", "ninja"};
    options.now = [this] { return now_; };
    store_ = open_store(folder_.database(), std::move(options));
  }
  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }
  std::string any_target() { return below(2) == 0 ? "hub" : "ninja"; }

  void change_a_port() {
    const auto service_id = "svc" + std::to_string(below(6));
    const auto port = Port::clamped(8000 + below(500));
    auto& last = ports_[service_id];
    const auto old_port = std::exchange(last, port);
    const ChangeContext context{"alice", "", "", now_};
    ASSERT_TRUE(store_->commit(context, rule_of({AnnouncePortChange{service_id, old_port, port}})));
    for (const auto* target : {"hub", "ninja"}) {
      model_.add(target, {0, "", service_id, old_port, port, now_, 0});
    }
  }

  OutboxOutcome any_outcome(std::int64_t outbox_id) {
    OutboxOutcome outcome;
    outcome.outbox_id = outbox_id;
    outcome.kind = static_cast<OutboxOutcome::Kind>(below(3));
    outcome.at = now_;
    if (outcome.kind != OutboxOutcome::Kind::delivered) outcome.error = "Refused.";
    if (outcome.kind == OutboxOutcome::Kind::retry) {
      outcome.retry_at = now_ + std::chrono::seconds(below(60) - 10);
    }
    return outcome;
  }

  /// Of some that are due, and of one that may be anything.
  void settle() {
    const auto due = store_->outbox().due(any_target(), now_, 1 + below(4));
    ASSERT_TRUE(due);
    std::vector<OutboxOutcome> outcomes{any_outcome(1 + below(400))};
    for (const auto& event : *due) outcomes.push_back(any_outcome(event.outbox_id));
    ASSERT_TRUE(store_->outbox().settle(outcomes));
    ASSERT_TRUE(model_.settle(outcomes));
  }

  void trim() {
    const auto target = any_target();
    const Outbox::Bounds bounds{below(40), below(20)};
    model_.set_now(now_);
    EXPECT_EQ(store_->outbox().trim(target, bounds).value(), model_.trim(target, bounds).value());
  }

  void hurry() {
    const auto target = any_target();
    ASSERT_TRUE(store_->outbox().hurry(target, now_));
    ASSERT_TRUE(model_.hurry(target, now_));
  }

  void step() {
    now_ += std::chrono::seconds(below(5) - 1);  // a clock may be set back
    const auto what = below(100);
    if (what < 50) return change_a_port();
    if (what < 90) return settle();
    if (what < 95) return hurry();
    if (what < 99) return trim();
    open();
  }

  void expect_alike() {
    for (const auto* target : {"hub", "ninja"}) {
      const auto limit = 1 + below(8);
      const auto due = store_->outbox().due(target, now_, limit);
      const auto expected = model_.due(target, now_, limit);
      ASSERT_TRUE(due);
      ASSERT_EQ(due->size(), expected->size());
      for (std::size_t i = 0; i < due->size(); ++i) {
        EXPECT_EQ(text_of((*due)[i]), text_of((*expected)[i]));
      }
      EXPECT_EQ(store_->outbox().next_due(target, now_).value(),
                model_.next_due(target, now_).value());
      EXPECT_EQ(store_->outbox().backlog(target).value(), model_.backlog(target).value());
    }
  }

  void expect_same_rows() {
    const SQLite::Database database(folder_.database().string(), SQLite::OPEN_READONLY, 5000);
    SQLite::Statement row(
        database,
        "SELECT outbox_id || '|' || target || '|' || service_id || '|' || coalesce(old_port, '-') "
        "|| '|' || coalesce(new_port, '-') || '|' || at || '|' || state || '|' || attempts || '|' "
        "|| next_attempt_at || '|' || coalesce(settled_at, '-') || '|' || last_error "
        "FROM outbox ORDER BY outbox_id");
    for (const auto& [id, expected] : model_.rows()) {
      ASSERT_TRUE(row.executeStep());
      EXPECT_EQ(row.getColumn(0).getString(), text_of(expected));
    }
    EXPECT_FALSE(row.executeStep());
  }

  StoreFolder folder_;
  Timestamp now_{at_second(0)};
  std::mt19937 random_{20261122};
  std::map<std::string, std::optional<Port>> ports_;
  MemoryOutbox model_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteOutboxModelTest, DoesAsTheModelDoesWhateverComes) {
  open();
  for (int i = 0; i < 1500; ++i) {
    step();
    expect_alike();
    if (i % 50 == 0) expect_same_rows();
    if (HasFailure()) FAIL() << "in step " << i;
  }
  expect_same_rows();
  for (const auto* target : {"hub", "ninja"}) {
    const auto backlog = store_->outbox().backlog(target);
    EXPECT_GT(backlog->delivered, 0);
    EXPECT_GT(backlog->given_up, 0);
    EXPECT_GT(backlog->superseded, 0);
  }
}

}  // namespace
}  // namespace pm::test
