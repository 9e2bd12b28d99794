#pragma once

#include "app/kernel_watch.h"
#include "app/port_probe.h"
#include "metrics/families.h"

namespace pm {

/// How the kernel is watched, and how much of it is seen.
Families kernel_families(const KernelWatch::Looks& looks, const ProbeSight& sight);

}  // namespace pm
