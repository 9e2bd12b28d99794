#include "domain/detect_conflicts.h"

namespace pm {

bool is_registry_conflict(ConflictType type) {
  return type == ConflictType::duplicate_assignment || type == ConflictType::reserved_port ||
         type == ConflictType::out_of_range;
}

std::vector<Conflict> detect_registry_conflicts(const Registry& registry, const PortKey& key) {
  std::vector<Conflict> found;
  const auto holders = registry.holders(key);
  if (holders.empty()) return found;

  const auto add = [&](ConflictType type, std::vector<std::string> services, std::string detail) {
    Conflict conflict;
    conflict.type = type;
    conflict.key = key;
    conflict.services = std::move(services);
    conflict.detail = std::move(detail);
    found.push_back(std::move(conflict));
  };

  if (holders.size() > 1) {
    std::string names = holders.front();
    for (std::size_t i = 1; i < holders.size(); ++i) names += ", " + holders[i];
    add(ConflictType::duplicate_assignment, holders,
        describe(key) + " is assigned to " + std::to_string(holders.size()) +
            " services: " + names + ". Resolving moves all but one.");
  }
  const auto* reservation = registry.reservation(key);
  const auto& range = registry.config().range;
  for (const auto& service_id : holders) {
    if (reservation) {
      add(ConflictType::reserved_port, {service_id},
          describe(key) + " of " + service_id + " is reserved" +
              (reservation->reason.empty() ? "" : " (" + reservation->reason + ")") +
              ". Move the service, or take the reservation back.");
    }
    if (!range.contains(key.port)) {
      add(ConflictType::out_of_range, {service_id},
          describe(key) + " of " + service_id + " is outside the suite's range " + range.text() +
              ". Move the service into the range.");
    }
  }
  return found;
}

}  // namespace pm
