#pragma once

#include <chrono>
#include <mutex>

#include "app/clock.h"

namespace pm::test {

/// Ticks by hand; a pause passes at once and takes the time it asked for. Thread-safe.
class ManualClock : public Clock {
 public:
  /// 2026-11-22T20:05:10.000Z
  static constexpr Timestamp start{std::chrono::milliseconds(1795377910000)};

  Timestamp now() const override { return start + elapsed(); }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point(std::chrono::hours(1)) + elapsed();
  }
  bool pause(std::chrono::milliseconds duration) override {
    const std::lock_guard lock(mutex_);
    if (stops_in_ > 0 && --stops_in_ == 0) stopping_ = true;
    if (!stopping_) elapsed_ += duration;
    return !stopping_;
  }
  bool stopping() const override {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  void advance(std::chrono::milliseconds duration) {
    const std::lock_guard lock(mutex_);
    elapsed_ += duration;
  }
  std::chrono::milliseconds elapsed() const {
    const std::lock_guard lock(mutex_);
    return elapsed_;
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  /// The program is told to stop while the nth pause from now on waits; 1 is the next.
  void stop_in_pause(int nth) {
    const std::lock_guard lock(mutex_);
    stops_in_ = nth;
  }

 private:
  mutable std::mutex mutex_;
  std::chrono::milliseconds elapsed_{0};
  int stops_in_{0};
  bool stopping_{false};
};

}  // namespace pm::test
