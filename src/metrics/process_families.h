#pragma once

#include "app/process_meter.h"
#include "metrics/families.h"

namespace pm {

/// The standard names of every Prometheus client for what a process takes.
Families process_families(const ProcessUsage& usage);

}  // namespace pm
