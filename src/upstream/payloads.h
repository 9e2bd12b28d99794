#pragma once

#include <string>
#include <vector>

#include "app/outbox.h"
#include "app/strict_json.h"
#include "domain/registry.h"
#include "upstream/error_queue.h"
#include "upstream/load_meter.h"
#include "upstream/upstream_options.h"

namespace pm {

/// The bodies of what Hub and Ninja are sent (docs/operations.md, "Hub and Ninja"). Times are
/// RFC 3339 in UTC, to the second. Pure functions.

/// `port`: where it listens; SelfDescription::port goes before it unless 0.
Json hub_registration(const SelfDescription& self, int port);
Json ninja_registration(const SelfDescription& self, bool self_healing);
Json unregistration(const SelfDescription& self);

struct HealthReport {
  std::chrono::seconds uptime{0};
  /// Sentences. Any of them makes the status "degraded" instead of "healthy".
  std::vector<std::string> issues;
};
Json health_report(const SelfDescription& self, Timestamp at, const HealthReport& report);

struct MetricsReport {
  Load load;  ///< since the report before
  std::int64_t active_connections{0};
  RequestTotals requests;         ///< since the start
  double average_response_ms{0};  ///< of the requests since the report before
};
Json metrics_report(const SelfDescription& self, Timestamp at, const MetricsReport& report,
                    const Registry& registry);

Json performance_report(const SelfDescription& self, Timestamp at, const EndpointUse& use);

/// `dropped`: reports before this one that Ninja never got; told in the context unless 0.
Json error_report(const SelfDescription& self, const ErrorReport& report, std::uint64_t dropped);
/// What is reported when a conflict opens.
ErrorReport conflict_error(const Conflict& conflict);
/// What is reported of a line of level error in the log.
ErrorReport logged_error(const std::string& message, Timestamp at);

Json port_change(const OutboxEvent& event);

}  // namespace pm
