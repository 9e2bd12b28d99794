#include "suite/curl_service_client.h"

#include <utility>

#include "app/rfc3339.h"
#include "app/strict_json.h"
#include "suite/http_call.h"
#include "suite/service_reply.h"

namespace pm {

CurlServiceClient::CurlServiceClient(ServiceClientOptions options) : options_(std::move(options)) {}

UpdateReply CurlServiceClient::update_port(const ServiceAddress& address, Port new_port,
                                           Port old_port, Timestamp at) {
  const Json request{{"new_port", new_port.value()},
                     {"old_port", old_port.value()},
                     {"timestamp", to_rfc3339_seconds(at)},
                     {"source", "port-manager"}};
  return read_update_reply(perform({.host = address.host,
                                    .port = address.port,
                                    .path = options_.update_path,
                                    .json = request.dump(),
                                    .timeout = options_.update_timeout,
                                    .stopped = &stopped_}));
}

HealthReply CurlServiceClient::health(const ServiceAddress& address) {
  return read_health_reply(perform({.host = address.host,
                                    .port = address.port,
                                    .path = address.health_endpoint,
                                    .json = std::nullopt,
                                    .timeout = options_.health_timeout,
                                    .stopped = &stopped_}));
}

RestartReply CurlServiceClient::restart(const ServiceAddress& address) {
  return read_restart_reply(perform({.host = address.host,
                                     .port = address.port,
                                     .path = options_.restart_path,
                                     .json = "{}",
                                     .timeout = options_.restart_timeout,
                                     .stopped = &stopped_}));
}

bool CurlServiceClient::accepts_connections(const std::string& host, Port port) {
  return can_connect(host, port, options_.health_timeout, &stopped_);
}

}  // namespace pm
