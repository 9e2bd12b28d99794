#include "suite/curl_service_client.h"

#include <utility>

#include "app/rfc3339.h"
#include "app/strict_json.h"
#include "http_client/http_call.h"
#include "http_client/url.h"
#include "suite/service_reply.h"

namespace pm {
namespace {

std::string url_of(const ServiceAddress& address, const std::string& path) {
  return http_url(address.host, address.port.value(), path);
}

}  // namespace

CurlServiceClient::CurlServiceClient(ServiceClientOptions options) : options_(std::move(options)) {}

UpdateReply CurlServiceClient::update_port(const ServiceAddress& address, Port new_port,
                                           Port old_port, Timestamp at) {
  const Json request{{"new_port", new_port.value()},
                     {"old_port", old_port.value()},
                     {"timestamp", to_rfc3339_seconds(at)},
                     {"source", "port-manager"}};
  return read_update_reply(perform({.url = url_of(address, options_.update_path),
                                    .json = request.dump(),
                                    .timeout = options_.update_timeout,
                                    .stopped = &stopped_}));
}

HealthReply CurlServiceClient::health(const ServiceAddress& address) {
  return read_health_reply(perform({.url = url_of(address, address.health_endpoint),
                                    .json = std::nullopt,
                                    .timeout = options_.health_timeout,
                                    .stopped = &stopped_}));
}

std::vector<HealthReply> CurlServiceClient::health_of_all(
    const std::vector<ServiceAddress>& addresses, std::chrono::milliseconds timeout) {
  std::vector<HttpCall> calls;
  calls.reserve(addresses.size());
  for (const auto& address : addresses) {
    calls.push_back({.url = url_of(address, address.health_endpoint),
                     .json = std::nullopt,
                     .timeout = timeout,
                     .stopped = &stopped_});
  }
  std::vector<HealthReply> replies(addresses.size());
  perform_all(calls, options_.health_at_once, [&](std::size_t place, const HttpAnswer& answer) {
    replies[place] = read_health_reply(answer);
  });
  return replies;
}

RestartReply CurlServiceClient::restart(const ServiceAddress& address) {
  return read_restart_reply(perform({.url = url_of(address, options_.restart_path),
                                     .json = "{}",
                                     .timeout = options_.restart_timeout,
                                     .stopped = &stopped_}));
}

bool CurlServiceClient::accepts_connections(const std::string& host, Port port) {
  return can_connect(host, port, options_.health_timeout, &stopped_);
}

}  // namespace pm
