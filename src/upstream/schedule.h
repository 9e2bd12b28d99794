#pragma once

#include <chrono>

namespace pm {

/// When something is done that is done again and again. An interval of 0: never. Pure.
class Schedule {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds never = std::chrono::hours(24 * 365);

  Schedule(std::chrono::milliseconds interval, Time first) : interval_(interval), next_(first) {}

  bool is_due(Time now) const { return interval_.count() > 0 && now >= next_; }
  /// It was done now, or its turn has passed: the next one is an interval later.
  void done(Time now) { next_ = now + interval_; }
  /// 0 when it is due.
  std::chrono::milliseconds due_in(Time now) const {
    if (interval_.count() <= 0) return never;
    if (now >= next_) return std::chrono::milliseconds(0);
    return std::chrono::ceil<std::chrono::milliseconds>(next_ - now);
  }

 private:
  std::chrono::milliseconds interval_;
  Time next_;
};

}  // namespace pm
