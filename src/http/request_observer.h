#pragma once

#include <chrono>

#include "http/router.h"

namespace pm {

/// Is told of every request that was answered, once each, also of those that were refused before
/// anybody looked at their path. Thread-safe: it is called on the threads that answer, and must not
/// block.
class RequestObserver {
 public:
  virtual ~RequestObserver() = default;

  /// `route`: null where none fits. `took`: from the complete request to the answer, without its
  /// way over the wire and without what a long poll has waited; nothing for what is no complete
  /// request, of which only what could be read is in `request`. Routes outlive the observer's use.
  virtual void on_answer(const Route* route, const HttpRequest& request, int status,
                         std::chrono::nanoseconds took) = 0;
};

}  // namespace pm
