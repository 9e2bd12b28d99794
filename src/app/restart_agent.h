#pragma once

#include <string>

#include "app/service_client.h"

namespace pm {

/// Somebody who restarts services for the Port Manager: Hub. Thread-safe.
class RestartAgent {
 public:
  virtual ~RestartAgent() = default;

  /// Asks it to restart the service; blocks for at most its configured time-out. Not accepted when
  /// it is known to be away.
  virtual RestartReply restart(const std::string& service_id) = 0;
};

}  // namespace pm
