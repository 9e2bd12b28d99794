#include "metrics/registry_families.h"

#include <array>
#include <map>

namespace pm {
namespace {

using prometheus::MetricFamily;

template <typename Count>
Sample sample(Count count, prometheus::Labels labels = {}) {
  return {static_cast<double>(count), std::move(labels)};
}

MetricFamily services(const Registry& registry) {
  std::map<HealthStatus, std::size_t> counts;
  registry.services().for_each([&](const std::string& service_id, const Service&) {
    const auto* health = registry.health(service_id);
    ++counts[health ? health->status : HealthStatus::unknown];
  });
  std::vector<Sample> samples;
  for (const auto status :
       {HealthStatus::healthy, HealthStatus::unhealthy, HealthStatus::unknown}) {
    samples.push_back(sample(counts[status], {{"status", to_string(status)}}));
  }
  return gauges("portmanager_services", "Services registered, by the status of their last check.",
                std::move(samples));
}

MetricFamily reservations(const Registry& registry) {
  const auto held = static_cast<std::size_t>(registry.held_reservations());
  return gauges("portmanager_reservations",
                "Ports reserved; hold=\"true\": kept bound by the Port Manager.",
                {sample(registry.reservations().size() - held, {{"hold", "false"}}),
                 sample(held, {{"hold", "true"}})});
}

MetricFamily moves(const Registry& registry) {
  std::map<MoveState, std::size_t> counts;
  for (const auto& [id, move] : registry.open_moves()) ++counts[move.state];
  return gauges("portmanager_open_moves", "Moves under way (pending) or waiting for one (planned).",
                {sample(counts[MoveState::pending], {{"state", "pending"}}),
                 sample(counts[MoveState::planned], {{"state", "planned"}})});
}

MetricFamily conflicts(const Registry& registry) {
  std::map<ConflictType, std::size_t> counts;
  registry.open_conflicts().for_each(
      [&](std::int64_t, const Conflict& conflict) { ++counts[conflict.type]; });
  std::vector<Sample> samples;
  for (const auto type : all_conflict_types) {
    samples.push_back(
        sample(counts[type], {{"type", to_string(type)}, {"severity", severity_of(type)}}));
  }
  return gauges("portmanager_open_conflicts", "Conflicts open now, by type and severity.",
                std::move(samples));
}

/// The suite's range and the categories in it.
Families ranges(const Registry& registry) {
  const auto occupied = registry.occupied(std::string(local_host), Protocol::tcp);
  std::vector<Sample> sizes;
  std::vector<Sample> taken;
  const auto add = [&](const PortRange& range) {
    const prometheus::Labels labels{{"range", range.name}};
    sizes.push_back(sample(range.size(), labels));
    taken.push_back(sample(occupied.count(range.lo, range.hi), labels));
  };
  add(registry.config().range);
  for (const auto& category : registry.config().categories) add(category);
  return {gauges("portmanager_range_ports",
                 "Ports in a range from which services are given theirs; suite is the whole.",
                 std::move(sizes)),
          gauges("portmanager_range_ports_taken",
                 "TCP ports of this machine in the range that are assigned, reserved or claimed by "
                 "a move, and so not given to others.",
                 std::move(taken))};
}

}  // namespace

Families registry_families(const Registry& registry) {
  Families families{
      gauge("portmanager_revision", "The registry's revision: it grows by one with each commit.",
            static_cast<double>(registry.revision())),
      services(registry),
      gauge("portmanager_assignments", "Services that have a port.",
            static_cast<double>(registry.assignments().size())),
      reservations(registry),
      moves(registry),
      conflicts(registry)};
  append(families, ranges(registry));
  return families;
}

}  // namespace pm
