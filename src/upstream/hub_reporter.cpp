#include "upstream/hub_reporter.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace pm {
namespace {

using std::chrono::milliseconds;

int processors() {
  return std::max(static_cast<int>(std::thread::hardware_concurrency()), 1);
}

}  // namespace

HubReporter::HubReporter(Parts parts, const HubOptions& options, SelfDescription self,
                         Backoff::Bounds backoff)
    : parts_(std::move(parts)),
      options_(options),
      self_(std::move(self)),
      registration_(backoff),
      began_at_(parts_.clock.steady_now()),
      load_(processors(), began_at_),
      health_(options.health_interval, began_at_),
      metrics_(options.metrics_interval, began_at_ + options.metrics_interval) {}

milliseconds HubReporter::step() {
  if (!began_) begin();
  if (back_.exchange(false)) registration_.hurry();
  if (registration_.is_registered() && parts_.channel.outages() != outages_seen_) {
    registration_.lost();
  }
  if (const auto closed_for = parts_.channel.closed_for(); closed_for.count() > 0) {
    return closed_for;
  }
  const auto now = [this] { return parts_.clock.steady_now(); };
  if (!registration_.is_registered() && registration_.due_in(now()).count() == 0) register_self();
  if (registration_.is_registered() && health_.is_due(now())) send_health();
  if (registration_.is_registered() && metrics_.is_due(now())) send_metrics();
  if (!registration_.is_registered()) {
    return std::max(registration_.due_in(now()), parts_.channel.closed_for());
  }
  return std::min(health_.due_in(now()), metrics_.due_in(now()));
}

/// From here on the load is measured.
void HubReporter::begin() {
  began_ = true;
  if (const auto usage = parts_.meter.usage()) load_.sample(*usage, parts_.clock.steady_now());
}

void HubReporter::register_self() {
  outages_seen_ = parts_.channel.outages();
  const auto answer = parts_.channel.post(options_.register_path, hub_registration(self_, port_));
  if (answer.accepted() || answer.status == 409) {
    registration_.accepted(parts_.clock.now());
    spdlog::info("registered with Hub at {}", parts_.channel.public_url(options_.register_path));
    return;
  }
  registration_.failed(parts_.clock.steady_now(), jitter_.next());
  if (answer.kind == UpstreamAnswer::Kind::refused) {
    spdlog::warn("not registered: {} It is tried again.", answer.message);
  }
}

void HubReporter::send_health() {
  health_.done(parts_.clock.steady_now());
  const auto uptime =
      std::chrono::duration_cast<std::chrono::seconds>(parts_.clock.steady_now() - began_at_);
  const auto condition = parts_.condition ? parts_.condition() : Condition{};
  const auto answer = parts_.channel.post(
      options_.health_path, health_report(self_, parts_.clock.now(), uptime, condition));
  const bool is_unknown = answer.status == 404 || answer.status == 410;
  if (is_unknown) registration_.lost();
}

void HubReporter::send_metrics() {
  metrics_.done(parts_.clock.steady_now());
  const auto traffic = parts_.traffic.by_endpoint();
  MetricsReport report;
  if (const auto usage = parts_.meter.usage()) {
    report.load = load_.sample(*usage, parts_.clock.steady_now());
  }
  report.active_connections = parts_.traffic.active_connections();
  report.requests = totals_of(traffic);
  report.average_response_ms = average_ms(window_.sample(traffic));
  parts_.channel.post(options_.metrics_path,
                      metrics_report(self_, parts_.clock.now(), report, *parts_.store.snapshot()));
}

void HubReporter::farewell() {
  if (!registration_.is_registered() || !parts_.channel.is_closed()) return;
  const auto answer = parts_.channel.farewell(options_.unregister_path, unregistration(self_),
                                              options_.unregister_timeout);
  if (!answer.accepted()) spdlog::warn("not unregistered: {}", answer.message);
}

}  // namespace pm
