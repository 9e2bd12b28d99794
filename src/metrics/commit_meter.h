#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>

#include <cstdint>

#include "app/store.h"
#include "metrics/families.h"

namespace pm {

/// Counts what is committed: changes, the groups in which they reach the disk, how conflicts and
/// moves end. Thread-safe but for on_commit(), which is the store's writer's.
class CommitMeter {
 public:
  /// `registry`: as of before the first commit that on_commit() is told of.
  explicit CommitMeter(const Registry& registry);

  void on_commit(const CommitNotice& notice);

  Families collect() const;

 private:
  void count(const Change& change);
  void count_move(const Move& move);

  prometheus::Family<prometheus::Counter> commits_;
  prometheus::Family<prometheus::Histogram> group_sizes_;
  prometheus::Family<prometheus::Histogram> disk_times_;
  prometheus::Family<prometheus::Counter> opened_;
  prometheus::Family<prometheus::Counter> closed_;
  prometheus::Family<prometheus::Counter> moves_;
  prometheus::Histogram& group_size_;
  prometheus::Histogram& disk_time_;
  /// An open conflict of a lower id is told again because it has changed.
  std::int64_t next_conflict_id_;
};

}  // namespace pm
