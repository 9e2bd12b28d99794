#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "app/service_client.h"

namespace pm {

/// Time-outs are of a whole call, connecting included; at least 1 ms.
struct ServiceClientOptions {
  std::chrono::milliseconds update_timeout{10000};
  std::chrono::milliseconds restart_timeout{10000};
  std::chrono::milliseconds health_timeout{5000};
  /// How many services health_of_all() asks at the same time: as many sockets are open at once.
  std::size_t health_at_once{128};
  std::string update_path{"/api/config/update-port"};
  std::string restart_path{"/api/admin/restart"};
};

/// ServiceClient on libcurl. health_of_all() asks `health_at_once` services at the same time, the
/// next one as soon as one is done; a service's time-out begins when its turn comes.
///
/// Thread-safe: but for being stopped it never changes after construction, and each call has
/// libcurl handles of its own (see http_call.h). What a reply means: service_reply.h.
class CurlServiceClient : public ServiceClient {
 public:
  explicit CurlServiceClient(ServiceClientOptions options = {});

  UpdateReply update_port(const ServiceAddress& address, Port new_port, Port old_port,
                          Timestamp at) override;
  HealthReply health(const ServiceAddress& address) override;
  std::vector<HealthReply> health_of_all(const std::vector<ServiceAddress>& addresses,
                                         std::chrono::milliseconds timeout) override;
  RestartReply restart(const ServiceAddress& address) override;
  bool accepts_connections(const std::string& host, Port port) override;

  /// Ends every call, those under way within about a second; they and all later ones are
  /// `unreachable`. For the end of the program.
  void stop() { stopped_ = true; }

 private:
  const ServiceClientOptions options_;
  std::atomic<bool> stopped_{false};
};

}  // namespace pm
