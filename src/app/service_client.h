#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "domain/model.h"

namespace pm {

/// Where a service is contacted.
struct ServiceAddress {
  std::string service_id;
  std::string host;
  Port port{Port::clamped(Port::lowest)};
  std::string health_endpoint{"/health"};
};

/// How a call to a service ended, as seen from the socket.
enum class Reach : std::uint8_t {
  answered,       ///< an HTTP answer came
  not_listening,  ///< connection refused: nobody listens on the port
  timed_out,
  unreachable,  ///< name not resolved, no route, connection reset, not HTTP
};

struct UpdateReply {
  Reach reach{Reach::unreachable};
  bool accepted{false};  ///< HTTP 200 with "success": true; all else is no
  bool restart_required{false};
  int status{0};
  std::string message;  ///< the service's own, or what went wrong; a clause
};

struct HealthReply {
  Reach reach{Reach::unreachable};
  bool healthy{false};  ///< HTTP 200, and a "status" member, where there is one, that is not bad
  int status{0};
  /// Who answered: the member "service_id", else "service", of the JSON answer. Unset where the
  /// answer does not say.
  std::optional<std::string> identity;
  std::string message;
};

struct RestartReply {
  Reach reach{Reach::unreachable};
  bool accepted{false};
  int status{0};
  std::string message;
};

/// Speaks the contract that each service implements (api.md, "What each service implements").
/// Every call blocks for at most its configured time-out. Thread-safe.
class ServiceClient {
 public:
  virtual ~ServiceClient() = default;

  virtual UpdateReply update_port(const ServiceAddress& address, Port new_port, Port old_port,
                                  Timestamp at) = 0;
  virtual HealthReply health(const ServiceAddress& address) = 0;
  /// The health of many, asked at once; each may take `timeout`. The replies are in the order of
  /// the addresses.
  virtual std::vector<HealthReply> health_of_all(const std::vector<ServiceAddress>& addresses,
                                                 std::chrono::milliseconds timeout) = 0;
  virtual RestartReply restart(const ServiceAddress& address) = 0;
  /// True when somebody accepts connections there. Waits for the health time-out at most.
  virtual bool accepts_connections(const std::string& host, Port port) = 0;
};

}  // namespace pm
