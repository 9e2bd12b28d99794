#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/error.h"
#include "domain/port.h"

namespace pm {

/// A service as somebody else's list has it.
struct ListedService {
  std::string service_id;
  std::string name;  ///< "" when the list has none
  std::string host;  ///< likewise
  std::optional<Port> port;
  std::string health_endpoint;
};

/// Somebody else's list of services: the Hub's. Thread-safe.
class ServiceDirectory {
 public:
  virtual ~ServiceDirectory() = default;

  /// True when there is such a list to ask.
  virtual bool is_configured() const = 0;
  /// Asks for the list; blocks for at most the configured time-out. Errors service_unreachable,
  /// service_timeout, service_refused (what came is not such a list).
  virtual Expected<std::vector<ListedService>> services() = 0;
};

}  // namespace pm
