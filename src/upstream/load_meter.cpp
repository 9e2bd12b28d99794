#include "upstream/load_meter.h"

#include <algorithm>

namespace pm {
namespace {

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

}  // namespace

Load LoadMeter::sample(const ProcessUsage& usage, Time now) {
  const double passed = std::chrono::duration<double>(now - last_at_).count();
  const double used = std::max(usage.cpu_seconds - last_cpu_seconds_, 0.0);
  last_at_ = now;
  last_cpu_seconds_ = usage.cpu_seconds;
  Load load;
  load.cpu_percent = std::clamp(100 * ratio(used, passed * processors_), 0.0, 100.0);
  load.memory_percent = 100 * ratio(static_cast<double>(usage.resident_bytes),
                                    static_cast<double>(usage.machine_memory_bytes));
  return load;
}

std::vector<EndpointUse> TrafficWindow::sample(const std::vector<EndpointTraffic>& totals) {
  std::vector<EndpointUse> used;
  for (const auto& total : totals) {
    auto& last = last_[total.endpoint];
    if (total.requests > last.requests) {
      const auto space = total.endpoint.find(' ');
      EndpointUse use;
      use.method = space == std::string::npos ? "" : total.endpoint.substr(0, space);
      use.route = space == std::string::npos ? total.endpoint : total.endpoint.substr(space + 1);
      use.requests = total.requests - last.requests;
      use.errors = total.errors - last.errors;
      use.average_ms = 1000 * (total.seconds - last.seconds) / static_cast<double>(use.requests);
      use.last_status = total.last_status;
      used.push_back(std::move(use));
    }
    last = total;
  }
  return used;
}

RequestTotals totals_of(const std::vector<EndpointTraffic>& traffic) {
  RequestTotals totals;
  for (const auto& each : traffic) {
    totals.requests += each.requests;
    totals.errors += each.errors;
  }
  return totals;
}

double average_ms(const std::vector<EndpointUse>& window) {
  double spent = 0;
  double requests = 0;
  for (const auto& use : window) {
    spent += use.average_ms * static_cast<double>(use.requests);
    requests += static_cast<double>(use.requests);
  }
  return ratio(spent, requests);
}

}  // namespace pm
