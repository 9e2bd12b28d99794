#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "app/process_meter.h"
#include "app/traffic.h"

namespace pm {

/// What the process takes of its machine.
struct Load {
  double cpu_percent{0};     ///< of all of the machine's processors: 100 is all of them, busy
  double memory_percent{0};  ///< of the machine's memory that is resident; 0: not known
};

/// Turns running totals into the load since the sample before. Pure.
class LoadMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `processors`: at least 1. The first sample counts from `start`.
  LoadMeter(int processors, Time start) : processors_(processors), last_at_(start) {}

  Load sample(const ProcessUsage& usage, Time now);

 private:
  const int processors_;
  Time last_at_;
  double last_cpu_seconds_{0};
};

/// What was asked of one endpoint between two samples.
struct EndpointUse {
  std::string method;  ///< "GET"
  std::string route;   ///< "/api/ports/{port}"
  std::uint64_t requests{0};
  std::uint64_t errors{0};
  double average_ms{0};
  int last_status{0};
};

/// Turns the API's running totals into what happened since the sample before. Pure.
class TrafficWindow {
 public:
  /// Of each endpoint that was used since. The first sample counts from the start.
  std::vector<EndpointUse> sample(const std::vector<EndpointTraffic>& totals);

 private:
  std::map<std::string, EndpointTraffic> last_;
};

/// All endpoints together.
struct RequestTotals {
  std::uint64_t requests{0};
  std::uint64_t errors{0};
};
RequestTotals totals_of(const std::vector<EndpointTraffic>& traffic);
/// Of every request in the window; 0 without one.
double average_ms(const std::vector<EndpointUse>& window);

}  // namespace pm
