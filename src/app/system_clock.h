#pragma once

#include <condition_variable>
#include <mutex>

#include "app/clock.h"

namespace pm {

/// The machine's time. stop() ends every pause, now and later. Thread-safe.
class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
  std::chrono::steady_clock::time_point steady_now() const override;
  bool pause(std::chrono::milliseconds duration) override;
  bool stopping() const override;
  void stop();

 private:
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_{false};
};

}  // namespace pm
