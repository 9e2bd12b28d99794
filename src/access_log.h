#pragma once

#include "http/request_observer.h"

namespace pm {

/// One line of level debug for each answer: what was asked, by whom, the status, how long it took.
/// Neither query nor headers, which may hold what is secret. Thread-safe.
class AccessLog final : public RequestObserver {
 public:
  void on_answer(const Route* route, const HttpRequest& request, int status,
                 std::chrono::nanoseconds took) override;
};

}  // namespace pm
