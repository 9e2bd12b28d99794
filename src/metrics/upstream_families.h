#pragma once

#include <vector>

#include "app/upstream_view.h"
#include "metrics/families.h"

namespace pm {

/// How it stands with Hub and Ninja, by target. One that is off has no series.
Families upstream_families(const std::vector<UpstreamState>& states);

}  // namespace pm
