#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace pm {

/// What `portmanager serve` is told of how to talk to Hub and Ninja. config/portmanager.toml
/// documents each.
struct UpstreamFlags {
  std::string hub_url;  ///< http or https; "": Hub is off
  std::string ninja_url;

  std::string self_name{"iTechSmart Port Manager"};
  std::string advertised_host;  ///< "": --host, or the machine's name where that is a wildcard
  int advertised_port{0};       ///< 0: --port
  std::vector<std::string> capabilities{"port_management", "conflict_detection",
                                        "automatic_reassignment", "real_time_monitoring"};
  std::vector<std::string> self_metadata;  ///< "NAME=VALUE"
  bool ninja_self_healing{true};

  int hub_health_interval_ms{30'000};  ///< of the three, 0: it is not sent
  int hub_metrics_interval_ms{60'000};
  int ninja_performance_interval_ms{60'000};

  int timeout_ms{5'000};
  int hub_unregister_timeout_ms{500};
  int at_once{16};
  int backoff_ms{1'000};
  int backoff_limit_ms{300'000};
  int retry_after_limit_s{600};
  int circuit_failures{5};
  int circuit_limit_ms{30'000};
  int give_up_attempts{10};
  int give_up_after_s{86'400};
  int outbox_waiting{100'000};
  int outbox_settled{10'000};
  int ninja_errors_kept{1'000};

  std::string hub_register_path{"/api/v1/services/register"};
  std::string hub_unregister_path{"/api/v1/services/unregister"};
  std::string hub_health_path{"/api/v1/services/health"};
  std::string hub_metrics_path{"/api/v1/services/metrics"};
  std::string hub_discover_path{"/api/v1/services/discover"};
  std::string hub_restart_path{"/api/v1/services/{service_id}/restart"};
  std::string hub_events_path{"/api/v1/events/port-change"};
  std::string ninja_register_path{"/api/v1/monitoring/register"};
  std::string ninja_errors_path{"/api/v1/errors"};
  std::string ninja_performance_path{"/api/v1/performance"};
  std::string ninja_events_path{"/api/v1/events/port-change"};
};

/// Adds them to the command, in groups of their own in its help.
void add_upstream_flags(CLI::App& app, UpstreamFlags& flags);

}  // namespace pm
