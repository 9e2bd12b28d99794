#include "store/group_commit.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <set>
#include <stdexcept>
#include <thread>

#include "store_support.h"

namespace pm::test {
namespace {

class GroupCommitTest : public testing::Test {
 protected:
  std::unique_ptr<GroupCommit> started(std::chrono::milliseconds outside_check) {
    return std::make_unique<GroupCommit>(
        std::make_unique<Ledger>(migrated(folder_.database()), suite_config(), ledger_options()),
        outside_check);
  }

  StoreFolder folder_;
  std::unique_ptr<GroupCommit> group_{started(std::chrono::hours(1))};
};

TEST_F(GroupCommitTest, ManyCallersLoseNothingAndRevisionsHaveNoGaps) {
  constexpr int callers = 8;
  constexpr int each = 25;
  std::vector<std::int64_t> observed;
  group_->observe([&](const CommitNotice& notice) {
    observed.push_back(notice.revision);
    EXPECT_GE(notice.registry->revision(), notice.revision);
  });
  std::mutex mutex;
  std::set<std::int64_t> answered;
  {
    std::vector<std::jthread> threads;
    for (int caller = 0; caller < callers; ++caller) {
      threads.emplace_back([&, caller] {
        for (int i = 0; i < each; ++i) {
          const auto id = "svc-" + std::to_string(caller) + "-" + std::to_string(i);
          const auto committed =
              group_->commit(context_of("alice"), rule_of({PutService{service(id)}}));
          ASSERT_TRUE(committed);
          EXPECT_EQ(committed->registry->revision(), committed->revision);
          EXPECT_TRUE(committed->registry->service(id));
          EXPECT_TRUE(group_->snapshot()->service(id));
          const std::lock_guard lock(mutex);
          answered.insert(committed->revision);
        }
      });
    }
  }
  group_->stop();
  std::vector<std::int64_t> expected;
  for (int revision = 1; revision <= callers * each; ++revision) expected.push_back(revision);
  EXPECT_EQ(observed, expected);
  EXPECT_EQ(answered, std::set<std::int64_t>(expected.begin(), expected.end()));
  EXPECT_EQ(group_->snapshot()->services().size(), std::size_t{callers * each});
  EXPECT_EQ(ask_sql(folder_.database(), "SELECT count(*) || '/' || max(revision) FROM changes"),
            "200/200");
}

TEST_F(GroupCommitTest, WhatTheDatabaseRefusesFailsNobodyElseInItsGroup) {
  constexpr int callers = 6;
  auto twice = placed("a", 8001, 1);
  for (auto& change : placed("b", 8001, 2)) twice.push_back(change);
  // The gate keeps the writer busy while the others queue up behind it.
  std::latch all_are_calling(callers);
  std::jthread gate([&] {
    EXPECT_TRUE(group_->commit(context_of("gate"), [&](Draft&) -> Expected<void> {
      all_are_calling.wait();
      return {};
    }));
  });
  std::atomic<int> succeeded{0};
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    for (int caller = 0; caller < callers; ++caller) {
      threads.emplace_back([&, caller] {
        const bool bad = caller % 3 == 0;
        const auto id = "svc" + std::to_string(caller);
        all_are_calling.count_down();
        const auto committed = group_->commit(
            context_of("alice"), rule_of(bad ? twice : placed(id, 8010 + caller, caller + 1)));
        EXPECT_EQ(committed.has_value(), !bad);
        ++(committed ? succeeded : failed);
      });
    }
  }
  EXPECT_EQ(succeeded, 4);
  EXPECT_EQ(failed, 2);
  EXPECT_EQ(group_->snapshot()->revision(), 4);
  EXPECT_FALSE(group_->snapshot()->service("a"));
}

TEST_F(GroupCommitTest, AnObserverThatThrowsHarmsNobody) {
  int seen = 0;
  group_->observe([](const CommitNotice&) { throw std::runtime_error("oops"); });
  group_->observe([&](const CommitNotice&) { ++seen; });
  EXPECT_TRUE(group_->commit(context_of("alice"), rule_of({PutService{service("web")}})));
  EXPECT_TRUE(group_->commit(context_of("alice"), rule_of({PutService{service("db")}})));
  group_->stop();
  EXPECT_EQ(seen, 2);
}

TEST_F(GroupCommitTest, AnObserverSeesTheChangeBeforeItsCallerIsAnswered) {
  std::atomic<int> seen{0};
  group_->observe([&](const CommitNotice& notice) {
    EXPECT_EQ(group_->snapshot(), notice.registry);
    EXPECT_EQ(notice.changes->action, "register");
    EXPECT_EQ(notice.context.actor, "alice");
    ++seen;
  });
  EXPECT_TRUE(
      group_->commit(context_of("alice"), rule_of({PutService{service("web")}}, "register")));
  EXPECT_EQ(seen, 1);
}

TEST_F(GroupCommitTest, AnIdleWriterNoticesAnOutsideChange) {
  group_.reset();
  group_ = started(std::chrono::milliseconds(5));
  std::promise<CommitNotice> noticed;
  group_->observe([&](const CommitNotice& notice) { noticed.set_value(notice); });
  run_sql(folder_.database(),
          "INSERT INTO reservations (host, protocol, port, reason, sequence, revision) "
          "VALUES ('127.0.0.1', 'tcp', 8000, 'by hand', 1, 1)");
  auto notice = noticed.get_future();
  ASSERT_EQ(notice.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_EQ(notice.get().changes->action, "external");
  EXPECT_EQ(group_->snapshot()->revision(), 1);
  EXPECT_EQ(group_->snapshot()->reservation(tcp(8000))->reason, "by hand");
}

TEST_F(GroupCommitTest, AfterStopCommitsAreRefusedAndReadingGoesOn) {
  EXPECT_TRUE(group_->commit(context_of("alice"), rule_of({PutService{service("web")}})));
  group_->stop();
  group_->stop();
  const auto refused = group_->commit(context_of("alice"), rule_of({PutService{service("db")}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::shutting_down);
  EXPECT_TRUE(group_->snapshot()->service("web"));
}

TEST_F(GroupCommitTest, WorkAsideIsDoneBeforeTheEndAndRefusedLater) {
  std::latch is_under_way(1);
  std::jthread caller(
      [&] { EXPECT_TRUE(group_->write_aside([&](Connection&) { is_under_way.count_down(); })); });
  is_under_way.wait();
  group_->stop();
  const auto refused = group_->write_aside([](Connection&) { FAIL() << "after the end"; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::shutting_down);
}

TEST_F(GroupCommitTest, ASteadyFlowOfWorkAsideHidesNoOutsideChange) {
  run_sql(folder_.database(),
          "INSERT INTO reservations (host, protocol, port, reason, sequence, revision) "
          "VALUES ('127.0.0.1', 'tcp', 8000, 'by hand', 1, 1)");
  EXPECT_EQ(group_->snapshot()->revision(), 0);
  EXPECT_TRUE(group_->write_aside([](Connection&) {}).value());
  EXPECT_EQ(group_->snapshot()->revision(), 1);
}
}  // namespace
}  // namespace pm::test
