#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pm {

/// What was asked of one endpoint since the start.
struct EndpointTraffic {
  std::string endpoint;  ///< method and route: "GET /api/ports/{port}"
  std::uint64_t requests{0};
  std::uint64_t errors{0};  ///< of them, answered with a status of 500 or above
  double seconds{0};        ///< spent on all of them together
  int last_status{0};
};

/// The requests that the API has answered. Thread-safe.
class Traffic {
 public:
  virtual ~Traffic() = default;

  /// Of each endpoint that was used, in no particular order.
  virtual std::vector<EndpointTraffic> by_endpoint() const = 0;
  /// Clients connected now, WebSockets among them.
  virtual std::int64_t active_connections() const = 0;
};

}  // namespace pm
