#pragma once

#include "domain/registry.h"
#include "metrics/families.h"

namespace pm {

/// What the registry holds now: services by health, assignments, reservations, open moves and
/// conflicts, and how full the ranges are.
Families registry_families(const Registry& registry);

}  // namespace pm
