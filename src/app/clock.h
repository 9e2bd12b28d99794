#pragma once

#include <chrono>

#include "domain/timestamp.h"

namespace pm {

/// Time, as the use cases see it. Thread-safe. Tests hand in a clock that ticks by hand.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual Timestamp now() const = 0;
  /// Never goes back; for deadlines.
  virtual std::chrono::steady_clock::time_point steady_now() const = 0;
  /// Waits that long, or less when the program is told to stop. False: stop now.
  virtual bool pause(std::chrono::milliseconds duration) = 0;
  /// True once the program has been told to stop.
  virtual bool stopping() const = 0;
};

}  // namespace pm
