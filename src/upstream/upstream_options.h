#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "app/outbox.h"
#include "upstream/backoff.h"
#include "upstream/circuit_breaker.h"

namespace pm {

/// What the Port Manager says of itself when it registers.
struct SelfDescription {
  std::string service_id{"itechsmart-port-manager"};
  std::string service_name{"iTechSmart Port Manager"};
  std::string service_type{"infrastructure"};
  std::string version;
  std::string host{"127.0.0.1"};  ///< where others reach it
  int port{0};                    ///< likewise; 0: the port that it listens on
  std::string health_endpoint{"/health"};
  std::vector<std::string> capabilities{"port_management", "conflict_detection",
                                        "automatic_reassignment", "real_time_monitoring"};
  std::map<std::string, std::string> metadata;
};

/// When an event that is refused (HTTP 4xx) again and again is given up. A refusal of what is in it
/// (400, 409, 413, 414, 415, 422) counts by attempts. Any other (401, 403, 404 ...) is about the
/// place or the credentials, which an operator puts right, and counts by time.
struct GiveUp {
  int attempts{10};
  std::chrono::milliseconds after{std::chrono::hours(24)};
};

/// Of either of them.
struct UpstreamCallOptions {
  std::chrono::milliseconds timeout{5'000};       ///< of one call, connecting included
  std::size_t at_once{16};                        ///< events on their way to one of them at a time
  Backoff::Bounds backoff;                        ///< of an event, an error, a registration
  std::chrono::seconds longest_retry_after{600};  ///< a longer Retry-After is cut to this
  CircuitBreaker::Options circuit;
  GiveUp give_up;
  Outbox::Bounds outbox;
};

/// An interval of 0 turns its calls off. Paths are below the URL.
struct HubOptions {
  std::string url;  ///< http or https, perhaps with a password and a path; "": it is off
  std::string register_path{"/api/v1/services/register"};
  std::string unregister_path{"/api/v1/services/unregister"};
  std::string health_path{"/api/v1/services/health"};
  std::string metrics_path{"/api/v1/services/metrics"};
  std::string restart_path{"/api/v1/services/{service_id}/restart"};
  std::string events_path{"/api/v1/events/port-change"};
  std::chrono::milliseconds health_interval{30'000};
  std::chrono::milliseconds metrics_interval{60'000};
  std::chrono::milliseconds unregister_timeout{500};  ///< a stop may take so long for it
};

struct NinjaOptions {
  std::string url;  ///< as HubOptions::url
  std::string register_path{"/api/v1/monitoring/register"};
  std::string errors_path{"/api/v1/errors"};
  std::string performance_path{"/api/v1/performance"};
  std::string events_path{"/api/v1/events/port-change"};
  std::chrono::milliseconds performance_interval{60'000};
  std::size_t errors_kept{1'000};  ///< that wait to be sent; the oldest go first
  bool self_healing{true};         ///< what it is told of whether it may heal the Port Manager
};

struct UpstreamOptions {
  SelfDescription self;
  UpstreamCallOptions calls;
  HubOptions hub;
  NinjaOptions ninja;
};

}  // namespace pm
