#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "app/clock.h"
#include "app/outbox.h"
#include "upstream/delivery_policy.h"
#include "upstream/jitter.h"
#include "upstream/schedule.h"
#include "upstream/upstream_channel.h"

namespace pm {

/// Delivers the outbox's events to one target: at least once, in order per service, several
/// services at once. What was sent and not settled before a crash is sent again. step() is for one
/// thread, the rest for any.
class OutboxDelivery {
 public:
  /// All outlive it. `path`: where the events go.
  OutboxDelivery(Outbox& outbox, UpstreamChannel& channel, const Clock& clock, std::string path,
                 const UpstreamCallOptions& options);

  /// Sends what is due until nothing is, the circuit is open or the channel is stopped. Answers
  /// how long there is nothing to do, unless a commit or back() comes before that.
  std::chrono::milliseconds step();
  /// The target is back: what waits for its backoff is due with the next step.
  void back() { back_ = true; }

 private:
  using Wait = std::chrono::milliseconds;

  /// Unset: go on at once.
  std::optional<Wait> deliver_some();
  Expected<void> send(const std::vector<OutboxEvent>& events);
  Expected<Wait> idle_time();
  void housekeep();
  /// The database failed; it is tried again after a while.
  Wait put_off(const Error& error);

  Outbox& outbox_;
  UpstreamChannel& channel_;
  const Clock& clock_;
  const std::string path_;
  const int at_once_;
  const Outbox::Bounds bounds_;
  DeliveryPolicy policy_;
  Jitter jitter_;
  Schedule housekeeping_;
  std::atomic<bool> back_{false};
  std::string last_fault_;
};

}  // namespace pm
