#include "upstream/outbox_delivery.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "upstream/payloads.h"

namespace pm {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds housekeeping_interval{60'000};
constexpr milliseconds after_a_fault{5'000};
// A retry that chance puts almost at once is not waited for in a busy loop.
constexpr milliseconds shortest_wait{10};

}  // namespace

OutboxDelivery::OutboxDelivery(Outbox& outbox, UpstreamChannel& channel, const Clock& clock,
                               std::string path, const UpstreamCallOptions& options)
    : outbox_(outbox),
      channel_(channel),
      clock_(clock),
      path_(std::move(path)),
      at_once_(static_cast<int>(options.at_once)),
      bounds_(options.outbox),
      policy_(options),
      housekeeping_(housekeeping_interval, clock.steady_now()) {}

milliseconds OutboxDelivery::step() {
  if (back_.exchange(false)) {
    if (auto hurried = outbox_.hurry(channel_.target(), clock_.now()); !hurried) {
      back_ = true;
      return put_off(hurried.error());
    }
  }
  while (!channel_.stopped()) {
    if (housekeeping_.is_due(clock_.steady_now())) housekeep();
    if (const auto wait = deliver_some()) {
      return std::min(std::max(*wait, shortest_wait), housekeeping_.due_in(clock_.steady_now()));
    }
  }
  return Schedule::never;
}

std::optional<milliseconds> OutboxDelivery::deliver_some() {
  const auto closed_for = channel_.closed_for();
  if (closed_for.count() > 0) return closed_for;
  const int limit = channel_.is_closed() ? at_once_ : 1;
  const auto events = outbox_.due(channel_.target(), clock_.now(), limit);
  if (!events) return put_off(events.error());
  if (events->empty()) {
    const auto idle = idle_time();
    return idle ? *idle : put_off(idle.error());
  }
  if (auto settled = send(*events); !settled) return put_off(settled.error());
  last_fault_.clear();
  return std::nullopt;
}

Expected<void> OutboxDelivery::send(const std::vector<OutboxEvent>& events) {
  std::vector<Json> bodies;
  bodies.reserve(events.size());
  std::transform(events.begin(), events.end(), std::back_inserter(bodies), port_change);
  const auto answers = channel_.post_all(path_, bodies);
  const auto now = clock_.now();
  std::vector<OutboxOutcome> outcomes;
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto outcome = policy_.outcome(events[i], answers[i], now, jitter_.next());
    if (!outcome) continue;
    if (outcome->kind == OutboxOutcome::Kind::given_up) {
      spdlog::warn("gave up event {} of {}: {}", events[i].event_id, events[i].service_id,
                   answers[i].message);
    }
    outcomes.push_back(std::move(*outcome));
  }
  if (outcomes.empty()) return {};
  return outbox_.settle(outcomes);
}

Expected<milliseconds> OutboxDelivery::idle_time() {
  const auto now = clock_.now();
  const auto next = outbox_.next_due(channel_.target(), now);
  if (!next) return tl::unexpected(next.error());
  if (!*next) return Schedule::never;
  const auto wait = **next - now;
  if (wait <= policy_.longest_wait()) return std::max(wait, milliseconds(0));
  // Nothing is put off so far: the machine's clock was set back.
  if (auto hurried = outbox_.hurry(channel_.target(), now); !hurried) {
    return tl::unexpected(hurried.error());
  }
  return milliseconds(0);
}

void OutboxDelivery::housekeep() {
  housekeeping_.done(clock_.steady_now());
  policy_.forget_stale(clock_.now());
  const auto dropped = outbox_.trim(channel_.target(), bounds_);
  if (!dropped) {
    put_off(dropped.error());
  } else if (*dropped > 0) {
    spdlog::warn("{} waiting events for {} were dropped: later ones of the same services say more",
                 *dropped, channel_.name());
  }
}

milliseconds OutboxDelivery::put_off(const Error& error) {
  if (last_fault_ != error.message) {
    last_fault_ = error.message;
    spdlog::warn("the outbox for {}: {}", channel_.name(), error.message);
  }
  return after_a_fault;
}

}  // namespace pm
