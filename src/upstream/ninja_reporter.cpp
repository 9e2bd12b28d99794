#include "upstream/ninja_reporter.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace pm {

using std::chrono::milliseconds;

NinjaReporter::NinjaReporter(Parts parts, const NinjaOptions& options, SelfDescription self,
                             Backoff::Bounds backoff)
    : parts_(parts),
      options_(options),
      self_(std::move(self)),
      backoff_(backoff),
      registration_(backoff),
      performance_(options.performance_interval,
                   parts.clock.steady_now() + options.performance_interval),
      next_error_(parts.clock.steady_now()) {}

milliseconds NinjaReporter::step() {
  const auto now = [this] { return parts_.clock.steady_now(); };
  if (back_.exchange(false)) {
    registration_.hurry();
    next_error_ = now();
  }
  // Its minute passes whether or not anybody is there to be told.
  const bool performance_is_due = performance_.is_due(now());
  if (parts_.channel.closed_for().count() == 0) {
    if (!registration_.is_registered() && registration_.due_in(now()).count() == 0) {
      register_self();
    }
    send_errors();
  }
  if (performance_is_due) send_performance();
  return idle_time();
}

milliseconds NinjaReporter::idle_time() const {
  const auto now = parts_.clock.steady_now();
  auto wait = Schedule::never;
  if (!registration_.is_registered()) wait = std::min(wait, registration_.due_in(now));
  if (parts_.errors.size() > 0) {
    const auto left = std::chrono::ceil<milliseconds>(next_error_ - now);
    wait = std::min(wait, std::max(left, milliseconds(0)));
  }
  wait = std::max(wait, parts_.channel.closed_for());
  return std::min(wait, performance_.due_in(now));
}

void NinjaReporter::register_self() {
  const auto answer =
      parts_.channel.post(options_.register_path, ninja_registration(self_, options_.self_healing));
  if (answer.accepted() || answer.status == 409) {
    registration_.accepted(parts_.clock.now());
    spdlog::info("registered with Ninja at {}", parts_.channel.public_url(options_.register_path));
    return;
  }
  registration_.failed(parts_.clock.steady_now(), jitter_.next());
  if (answer.kind == UpstreamAnswer::Kind::refused) {
    spdlog::warn("not registered: {} It is tried again.", answer.message);
  }
}

void NinjaReporter::send_errors() {
  if (parts_.clock.steady_now() < next_error_) return;
  while (const auto error = parts_.errors.front()) {
    if (!send(*error)) return;
  }
}

bool NinjaReporter::send(const ErrorQueue::Waiting& error) {
  const auto answer =
      parts_.channel.post(options_.errors_path, error_report(self_, error.report, error.dropped));
  if (answer.kind == UpstreamAnswer::Kind::not_made) return false;
  if (answer.kind == UpstreamAnswer::Kind::failed) {
    next_error_ =
        parts_.clock.steady_now() + backoff_.equal_jitter(++error_failures_, jitter_.next());
    return false;
  }
  error_failures_ = 0;
  parts_.errors.pop(error);
  return true;
}

void NinjaReporter::send_performance() {
  performance_.done(parts_.clock.steady_now());
  const auto now = parts_.clock.now();
  std::vector<Json> reports;
  for (const auto& use : window_.sample(parts_.traffic.by_endpoint())) {
    reports.push_back(performance_report(self_, now, use));
  }
  if (!reports.empty()) parts_.channel.post_all(options_.performance_path, reports);
}

}  // namespace pm
