#pragma once

#include <chrono>

#include "http/router.h"

namespace pm {

/// Is told of every request that was answered. Thread-safe: it is called on the threads that
/// answer, and must not block.
class RequestObserver {
 public:
  virtual ~RequestObserver() = default;

  /// `route`: null where none fits. `took`: from the complete request to the answer, without its
  /// way over the wire and without what a long poll has waited. Routes outlive the observer's use.
  virtual void on_answer(const Route* route, int status, std::chrono::nanoseconds took) = 0;
};

}  // namespace pm
