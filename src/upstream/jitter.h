#pragma once

#include <mutex>
#include <random>

namespace pm {

/// The part of a backoff that is left to chance. Thread-safe.
class Jitter {
 public:
  /// From 0 to 1, evenly.
  double next() {
    const std::lock_guard lock(mutex_);
    return even_(engine_);
  }

 private:
  std::mutex mutex_;
  std::minstd_rand engine_{std::random_device{}()};
  std::uniform_real_distribution<double> even_{0.0, 1.0};
};

}  // namespace pm
