#include "metrics/kernel_families.h"

#include <chrono>

namespace pm {

Families kernel_families(const KernelWatch::Looks& looks, const ProbeSight& sight) {
  return {summary("portmanager_kernel_scan_duration_seconds",
                  "Comparisons of the kernel's listeners with the registry, and their time, "
                  "questions to services included.",
                  looks.done, std::chrono::duration<double>(looks.spent).count()),
          counter("portmanager_kernel_scan_failures_total",
                  "Comparisons that failed: the kernel's table could not be read, or what was "
                  "found could not be recorded.",
                  static_cast<double>(looks.failed)),
          gauge("portmanager_kernel_listeners",
                "Listening sockets on ports from 1024 up that the last scan saw.",
                static_cast<double>(sight.listeners)),
          gauge("portmanager_kernel_listeners_without_owner",
                "Of them, those whose process this user may not see; GET /api/health/detailed "
                "says what to do.",
                static_cast<double>(sight.without_owner))};
}

}  // namespace pm
