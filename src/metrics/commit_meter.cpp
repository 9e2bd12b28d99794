#include "metrics/commit_meter.h"

#include <algorithm>
#include <chrono>
#include <variant>

namespace pm {
namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;

constexpr const char* committed = "committed";
constexpr const char* registry_only = "registry_only";
constexpr const char* rolled_back = "rolled_back";

prometheus::Labels of_type(ConflictType type) {
  return {{"type", to_string(type)}};
}

}  // namespace

CommitMeter::CommitMeter(const Registry& registry)
    : commits_("portmanager_commits_total",
               "Change sets committed since the start, by action; external: another program wrote "
               "to the database.",
               {}),
      group_sizes_("portmanager_commit_group_size", "Change sets that shared one disk write.", {}),
      disk_times_("portmanager_commit_duration_seconds",
                  "Time of one disk write with its fsync, whatever the size of the group.", {}),
      opened_("portmanager_conflicts_opened_total", "Conflicts opened since the start, by type.",
              {}),
      closed_("portmanager_conflicts_closed_total", "Conflicts closed since the start, by type.",
              {}),
      moves_("portmanager_moves_total",
             "Moves settled since the start, by outcome; registry_only: committed without a yes of "
             "the service, which was not running or was there already.",
             {}),
      group_size_(group_sizes_.Add({}, Buckets{1, 2, 4, 8, 16, 32, 64, 128, 256})),
      disk_time_(disk_times_.Add({}, Buckets{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                             0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5})),
      next_conflict_id_(registry.next_conflict_id()) {
  // A series that is there from the start shows the first one as a change.
  for (const auto type : all_conflict_types) {
    opened_.Add(of_type(type));
    closed_.Add(of_type(type));
  }
  for (const char* outcome : {committed, registry_only, rolled_back}) {
    moves_.Add({{"outcome", outcome}});
  }
}

void CommitMeter::on_commit(const CommitNotice& notice) {
  commits_.Add({{"action", notice.changes->action}}).Increment();
  if (notice.group_size > 0) {
    group_size_.Observe(static_cast<double>(notice.group_size));
    disk_time_.Observe(std::chrono::duration<double>(notice.disk_time).count());
  }
  for (const auto& change : notice.changes->changes) count(change);
  if (notice.changes->empty()) {
    next_conflict_id_ = std::max(next_conflict_id_, notice.registry->next_conflict_id());
  }
}

void CommitMeter::count(const Change& change) {
  if (const auto* open = std::get_if<OpenConflict>(&change)) {
    if (open->conflict.conflict_id < next_conflict_id_) return;
    next_conflict_id_ = open->conflict.conflict_id + 1;
    opened_.Add(of_type(open->conflict.type)).Increment();
  } else if (const auto* close = std::get_if<CloseConflict>(&change)) {
    closed_.Add(of_type(close->conflict.type)).Increment();
  } else if (const auto* put = std::get_if<PutMove>(&change)) {
    count_move(put->move);
  }
}

void CommitMeter::count_move(const Move& move) {
  const char* outcome = nullptr;
  if (move.state == MoveState::rolled_back) {
    outcome = rolled_back;
  } else if (move.state == MoveState::committed) {
    outcome = move.phase == MovePhase::accepted ? committed : registry_only;
  }
  if (outcome) moves_.Add({{"outcome", outcome}}).Increment();
}

Families CommitMeter::collect() const {
  Families families;
  append(families, commits_.Collect());
  append(families, group_sizes_.Collect());
  append(families, disk_times_.Collect());
  append(families, opened_.Collect());
  append(families, closed_.Collect());
  append(families, moves_.Collect());
  return families;
}

}  // namespace pm
