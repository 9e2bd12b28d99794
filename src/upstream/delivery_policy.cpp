#include "upstream/delivery_policy.h"

#include <algorithm>
#include <array>
#include <limits>

namespace pm {
namespace {

using std::chrono::milliseconds;
using Answer = UpstreamAnswer::Kind;
using Outcome = OutboxOutcome::Kind;

/// The statuses that refuse what is in an event, and not the way in which it comes.
bool is_about_the_content(int status) {
  constexpr std::array statuses{400, 409, 413, 414, 415, 422};
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

}  // namespace

std::optional<OutboxOutcome> DeliveryPolicy::outcome(const OutboxEvent& event,
                                                     const UpstreamAnswer& answer, Timestamp now,
                                                     double chance) {
  if (answer.kind == Answer::not_made) return std::nullopt;
  OutboxOutcome outcome{event.outbox_id, Outcome::delivered, now, now, answer.message};
  if (!answer.accepted()) {
    outcome.kind = Outcome::retry;
    const milliseconds asked =
        std::min(answer.retry_after.value_or(std::chrono::seconds(0)), longest_retry_after_);
    outcome.retry_at = now + std::max(backoff_.full_jitter(event.attempts + 1, chance), asked);
    if (answer.kind == Answer::refused && is_final(event, answer, now)) {
      outcome.kind = Outcome::given_up;
      outcome.retry_at = now;
    }
  }
  if (outcome.kind != Outcome::retry) refusals_.erase(event.outbox_id);
  return outcome;
}

milliseconds DeliveryPolicy::longest_wait() const {
  return std::max<milliseconds>(backoff_.ceiling(std::numeric_limits<int>::max()),
                                longest_retry_after_);
}

void DeliveryPolicy::forget_stale(Timestamp now) {
  const auto stale = now - 2 * longest_wait();
  std::erase_if(refusals_, [&](const auto& each) { return each.second.last < stale; });
}

bool DeliveryPolicy::is_final(const OutboxEvent& event, const UpstreamAnswer& answer,
                              Timestamp now) {
  auto& refusals = refusals_[event.outbox_id];
  if (refusals.count++ == 0) refusals.first = now;
  refusals.last = now;
  if (is_about_the_content(answer.status)) return refusals.count >= give_up_.attempts;
  return now - refusals.first >= give_up_.after;
}

}  // namespace pm
