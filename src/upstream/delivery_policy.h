#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "app/outbox.h"
#include "upstream/backoff.h"
#include "upstream/upstream_answer.h"
#include "upstream/upstream_options.h"

namespace pm {

/// What becomes of an event after an attempt to deliver it: delivered on 2xx, given up when it was
/// refused as often or as long as GiveUp says, tried again otherwise, after a backoff with full
/// jitter and no sooner than a Retry-After asks for, within its bound.
///
/// Refusals are counted in memory, from the first one on: after a restart, or after a while
/// without one, they count anew. Nothing is given up for a time in which nobody was there to
/// refuse it. Not thread-safe.
class DeliveryPolicy {
 public:
  explicit DeliveryPolicy(const UpstreamCallOptions& options)
      : backoff_(options.backoff),
        longest_retry_after_(options.longest_retry_after),
        give_up_(options.give_up) {}

  /// Unset when the call was not made. `chance` as in Backoff.
  std::optional<OutboxOutcome> outcome(const OutboxEvent& event, const UpstreamAnswer& answer,
                                       Timestamp now, double chance);
  /// The longest that an event is put off.
  std::chrono::milliseconds longest_wait() const;
  /// Drops the counts of events that were not refused lately: they were settled elsewhere.
  void forget_stale(Timestamp now);

 private:
  struct Refusals {
    int count{0};
    Timestamp first;
    Timestamp last;
  };
  bool is_final(const OutboxEvent& event, const UpstreamAnswer& answer, Timestamp now);

  const Backoff backoff_;
  const std::chrono::seconds longest_retry_after_;
  const GiveUp give_up_;
  std::map<std::int64_t, Refusals> refusals_;  ///< by outbox_id
};

}  // namespace pm
