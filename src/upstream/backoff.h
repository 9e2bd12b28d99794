#pragma once

#include <chrono>

namespace pm {

/// How long to wait after so many failures in a row: twice as long each time, up to a limit, with a
/// part left to chance so that many who fail together do not come back together. Pure.
class Backoff {
 public:
  struct Bounds {
    std::chrono::milliseconds first{1'000};      ///< at least 1 ms
    std::chrono::milliseconds longest{300'000};  ///< at least `first`
  };

  explicit Backoff(Bounds bounds);

  /// The longest wait after `failures` of them; 0 after none.
  std::chrono::milliseconds ceiling(int failures) const;
  /// Anything up to the ceiling ("full jitter"). `chance` is from 0 to 1.
  std::chrono::milliseconds full_jitter(int failures, double chance) const;
  /// From half of the ceiling to all of it, where not to wait at all would be no backoff.
  std::chrono::milliseconds equal_jitter(int failures, double chance) const;

 private:
  Bounds bounds_;
};

}  // namespace pm
