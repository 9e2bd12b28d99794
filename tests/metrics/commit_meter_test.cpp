#include "metrics/commit_meter.h"

#include <gtest/gtest.h>

#include "app/world.h"
#include "metrics/read_families.h"

namespace pm::test {
namespace {

class CommitMeterTest : public testing::Test, public World {
 protected:
  CommitMeterTest() {
    store.observe([this](const CommitNotice& notice) { meter.on_commit(notice); });
  }
  double told(const std::string& name, const prometheus::Labels& labels) const {
    return value(meter.collect(), name, labels).value_or(-1);
  }
  double moves(const std::string& outcome) const {
    return told("portmanager_moves_total", {{"outcome", outcome}});
  }
  double opened(const std::string& type) const {
    return told("portmanager_conflicts_opened_total", {{"type", type}});
  }
  double closed(const std::string& type) const {
    return told("portmanager_conflicts_closed_total", {{"type", type}});
  }
  void reassign(const std::string& service_id, int port) {
    static_cast<void>(saga.reassign(context, {service_id, Port::clamped(port)}));
  }
  prometheus::ClientMetric::Histogram histogram(const std::string& name) const {
    return series(meter.collect(), name)->histogram;
  }

  CommitMeter meter{*store.snapshot()};
};

TEST_F(CommitMeterTest, CommitsAreCountedByAction) {
  have("kite", 8000);
  have("web", 8001);
  reserve(8050);
  EXPECT_EQ(told("portmanager_commits_total", {{"action", "assign"}}), 2);
  EXPECT_EQ(told("portmanager_commits_total", {{"action", "reserve"}}), 1);
}

TEST_F(CommitMeterTest, AGroupIsOneDiskWrite) {
  CommitNotice notice{.revision = 1,
                      .context = context,
                      .changes = std::make_shared<ChangeSet>(),
                      .registry = store.snapshot()};
  meter.on_commit(notice);
  meter.on_commit(notice);
  notice.group_size = 3;
  notice.disk_time = std::chrono::milliseconds(4);
  meter.on_commit(notice);
  EXPECT_EQ(histogram("portmanager_commit_group_size").sample_count, 1U);
  EXPECT_EQ(histogram("portmanager_commit_group_size").sample_sum, 3.0);
  EXPECT_EQ(histogram("portmanager_commit_duration_seconds").sample_count, 1U);
  EXPECT_DOUBLE_EQ(histogram("portmanager_commit_duration_seconds").sample_sum, 0.004);
}

TEST_F(CommitMeterTest, AConflictIsOpenedOnceAndClosedOnce) {
  EXPECT_EQ(opened("duplicate_assignment"), 0);
  EXPECT_EQ(closed("duplicate_assignment"), 0);
  have("kite", 8000);
  have("web", 8000);
  EXPECT_EQ(opened("duplicate_assignment"), 1);
  have("third", 8000);
  EXPECT_EQ(opened("duplicate_assignment"), 1) << "the same one, with one service more";
  EXPECT_EQ(closed("duplicate_assignment"), 0);
  for (const char* service : {"web", "third"}) {
    commit([&](Draft& draft) -> Expected<void> {
      detail::remove_assignment(draft, service);
      return {};
    });
  }
  EXPECT_EQ(closed("duplicate_assignment"), 1);
  have("web", 8000);
  EXPECT_EQ(opened("duplicate_assignment"), 2);
  EXPECT_EQ(opened("system_conflict"), 0);
}

TEST_F(CommitMeterTest, AConflictOfBeforeTheStartIsNotOpenedAnew) {
  have("kite", 8000);
  have("web", 8000);
  CommitMeter later(*store.snapshot());
  store.observe([&](const CommitNotice& notice) { later.on_commit(notice); });
  have("third", 8000);
  EXPECT_EQ(value(later.collect(), "portmanager_conflicts_opened_total",
                  {{"type", "duplicate_assignment"}}),
            0);
}

TEST_F(CommitMeterTest, AMoveIsCountedByItsOutcome) {
  for (const char* outcome : {"committed", "registry_only", "rolled_back"}) {
    EXPECT_EQ(moves(outcome), 0) << outcome;
  }
  have("kite", 8000);
  run_service("kite", 8000, 1, {OnUpdate::move, OnUpdate::refuse});
  reassign("kite", 8001);
  EXPECT_EQ(moves("committed"), 1);
  reassign("kite", 8002);
  EXPECT_EQ(moves("rolled_back"), 1);
  stop_service(1);
  reassign("kite", 8003);
  EXPECT_EQ(moves("registry_only"), 1);
  EXPECT_EQ(moves("committed"), 1);
  EXPECT_EQ(moves("rolled_back"), 1);
}

TEST_F(CommitMeterTest, WhatAnotherProgramOpenedIsNotCountedLater) {
  have("kite", 8000);
  const auto before = store.snapshot();
  Registry changed = *before;
  Conflict conflict;
  conflict.conflict_id = before->next_conflict_id();
  conflict.services = {"kite"};
  changed.apply(OpenConflict{conflict});
  auto nothing = std::make_shared<ChangeSet>();
  nothing->action = "external";
  meter.on_commit({2, context, nothing, std::make_shared<const Registry>(changed)});
  auto again = std::make_shared<ChangeSet>();
  again->add(OpenConflict{conflict});
  meter.on_commit({3, context, again, std::make_shared<const Registry>(changed)});
  EXPECT_EQ(opened("duplicate_assignment"), 0);
  EXPECT_EQ(told("portmanager_commits_total", {{"action", "external"}}), 1);
}

}  // namespace
}  // namespace pm::test
