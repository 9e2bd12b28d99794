#pragma once

#include <atomic>
#include <chrono>
#include <functional>

#include "app/clock.h"
#include "app/process_meter.h"
#include "app/store.h"
#include "app/traffic.h"
#include "upstream/jitter.h"
#include "upstream/load_meter.h"
#include "upstream/payloads.h"
#include "upstream/registration.h"
#include "upstream/schedule.h"
#include "upstream/upstream_channel.h"

namespace pm {

/// Tells Hub that the Port Manager is there and how it does: registers until it is accepted, and
/// again when Hub was away or does not know it (404 or 410 to its health); then health and metrics,
/// each at its interval. A registration that Hub has already (409) counts as accepted.
///
/// step() and farewell() are for one thread, back() and registration() for any.
class HubReporter {
 public:
  /// All outlive it.
  struct Parts {
    UpstreamChannel& channel;
    const Clock& clock;
    const Store& store;
    const ProcessMeter& meter;
    const Traffic& traffic;
    /// For the health report; none: all is well.
    std::function<Condition()> condition;
  };

  HubReporter(Parts parts, const HubOptions& options, SelfDescription self,
              Backoff::Bounds backoff);

  /// The port that it registers with. Before the first step.
  void listens_on(int port) { port_ = port; }
  /// Does what is due. Answers how long there is nothing to do.
  std::chrono::milliseconds step();
  /// Unregisters, if it is registered with a Hub that was there last.
  void farewell();

  /// Hub is back: a registration that failed is tried with the next step. From any thread.
  void back() { back_ = true; }

  Registration::Known registration() const { return registration_.known(); }

 private:
  using Time = std::chrono::steady_clock::time_point;

  void register_self();
  void send_health();
  void send_metrics();
  void begin();

  Parts parts_;
  const HubOptions options_;
  const SelfDescription self_;
  int port_{0};
  Registration registration_;
  Jitter jitter_;
  std::uint64_t outages_seen_{0};
  std::atomic<bool> back_{false};
  bool began_{false};
  Time began_at_;
  LoadMeter load_;
  TrafficWindow window_;
  Schedule health_;
  Schedule metrics_;
};

}  // namespace pm
