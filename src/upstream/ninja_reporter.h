#pragma once

#include <atomic>
#include <chrono>

#include "app/clock.h"
#include "app/traffic.h"
#include "upstream/error_queue.h"
#include "upstream/jitter.h"
#include "upstream/load_meter.h"
#include "upstream/payloads.h"
#include "upstream/registration.h"
#include "upstream/schedule.h"
#include "upstream/upstream_channel.h"

namespace pm {

/// Registers with Ninja until it is accepted (409 counts as such), sends the errors in the order in
/// which they happened, and how fast the API was, at its interval. Errors and performance do not
/// wait for the registration to be accepted. An error is sent until Ninja has answered it, yes or
/// no; a minute's performance that Ninja was away for is not sent later.
///
/// step() is for one thread, back() and registration() for any.
class NinjaReporter {
 public:
  /// All outlive it.
  struct Parts {
    UpstreamChannel& channel;
    const Clock& clock;
    const Traffic& traffic;
    ErrorQueue& errors;
  };

  NinjaReporter(Parts parts, const NinjaOptions& options, SelfDescription self,
                Backoff::Bounds backoff);

  /// Does what is due. Answers how long there is nothing to do, unless an error is reported.
  std::chrono::milliseconds step();

  /// Ninja is back: what waits for a backoff is done with the next step. From any thread.
  void back() { back_ = true; }

  Registration::Known registration() const { return registration_.known(); }

 private:
  using Time = std::chrono::steady_clock::time_point;

  void register_self();
  void send_errors();
  bool send(const ErrorQueue::Waiting& error);
  void send_performance();
  std::chrono::milliseconds idle_time() const;

  Parts parts_;
  const NinjaOptions options_;
  const SelfDescription self_;
  const Backoff backoff_;
  Registration registration_;
  Jitter jitter_;
  TrafficWindow window_;
  Schedule performance_;
  std::atomic<bool> back_{false};
  int error_failures_{0};
  Time next_error_;
};

}  // namespace pm
