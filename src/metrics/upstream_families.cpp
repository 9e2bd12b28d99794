#include "metrics/upstream_families.h"

#include <functional>
#include <optional>

#include "app/rfc3339.h"

namespace pm {
namespace {

using States = std::vector<UpstreamState>;

/// One sample for each target that has a value.
std::vector<Sample> by_target(
    const States& states, const std::function<std::optional<double>(const UpstreamState&)>& read) {
  std::vector<Sample> samples;
  for (const auto& state : states) {
    if (const auto value = read(state)) samples.push_back({*value, {{"target", state.target}}});
  }
  return samples;
}

std::vector<Sample> circuits(const States& states) {
  std::vector<Sample> samples;
  for (const auto& state : states) {
    for (const auto& [circuit, name] :
         {std::pair(Circuit::closed, "closed"), std::pair(Circuit::open, "open"),
          std::pair(Circuit::half_open, "half_open")}) {
      const double is_so = state.circuit == circuit ? 1 : 0;
      samples.push_back({is_so, {{"target", state.target}, {"state", name}}});
    }
  }
  return samples;
}

Families call_families(const States& states) {
  using State = const UpstreamState&;
  return {gauges("portmanager_upstream_registered",
                 "1 while the Port Manager is registered with the target, else 0.",
                 by_target(states, [](State state) { return state.registered ? 1 : 0; })),
          gauges("portmanager_upstream_circuit",
                 "1 for the state in which calls to the target are: closed: they are made; open: "
                 "they are not, for a while; half_open: one tries.",
                 circuits(states)),
          counters("portmanager_upstream_calls_total", "Calls made to the target since the start.",
                   by_target(states, [](State state) { return state.calls; })),
          counters("portmanager_upstream_call_failures_total",
                   "Calls to the target that failed since the start.",
                   by_target(states, [](State state) { return state.failures; }))};
}

Families event_families(const States& states) {
  using State = const UpstreamState&;
  return {
      gauges("portmanager_outbox_waiting_events", "Port changes the target is still to be told.",
             by_target(states, [](State state) { return state.events.waiting; })),
      gauges("portmanager_outbox_oldest_waiting_timestamp_seconds",
             "When the oldest of them was made, in seconds since 1970; absent while none waits.",
             by_target(states,
                       [](State state) -> std::optional<double> {
                         if (!state.events.oldest_at) return std::nullopt;
                         return to_epoch_seconds(*state.events.oldest_at);
                       })),
      counters("portmanager_outbox_delivered_total",
               "Port changes the target was told since the database was made.",
               by_target(states, [](State state) { return state.events.delivered; })),
      counters("portmanager_outbox_given_up_total",
               "Port changes that the target refused for good, since the database was made.",
               by_target(states, [](State state) { return state.events.given_up; })),
      counters("portmanager_outbox_superseded_total",
               "Port changes dropped because a later one of the same service said more, since "
               "the database was made.",
               by_target(states, [](State state) { return state.events.superseded; }))};
}

}  // namespace

Families upstream_families(const std::vector<UpstreamState>& states) {
  States on;
  for (const auto& state : states) {
    if (!state.url.empty()) on.push_back(state);
  }
  Families families;
  if (on.empty()) return families;
  append(families, call_families(on));
  append(families, event_families(on));
  return families;
}

}  // namespace pm
