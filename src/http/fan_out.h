#pragma once

#include <cstddef>
#include <functional>

#include "http/worker_pool.h"

namespace pm {

/// Work on many items at a time: the caller's thread does it together with some helpers. A helper
/// that the machine gives no time holds nobody up, since the others take over what it has not
/// begun.
///
/// Not thread-safe: one caller at a time.
class FanOut {
 public:
  using Work = std::function<void(std::size_t begin, std::size_t end)>;

  explicit FanOut(std::size_t helpers) : count_(helpers), helpers_(helpers) {}

  /// Calls the work for ranges that together are [0, count), on several threads at a time, and
  /// returns when all is done. A few items are not worth a second thread. The work must not throw.
  void run(std::size_t count, const Work& work);

 private:
  const std::size_t count_;
  WorkerPool helpers_;
};

}  // namespace pm
