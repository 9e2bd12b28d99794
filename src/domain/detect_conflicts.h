#pragma once

#include <vector>

#include "domain/registry.h"

namespace pm {

/// The conflicts that the registry alone can tell at one key: duplicate_assignment, reserved_port,
/// out_of_range. Ids and times are left unset.
std::vector<Conflict> detect_registry_conflicts(const Registry& registry, const PortKey& key);

/// True for the types that detect_registry_conflicts finds.
bool is_registry_conflict(ConflictType type);

}  // namespace pm
