#include "metrics/process_families.h"

#include "app/rfc3339.h"

namespace pm {

Families process_families(const ProcessUsage& usage) {
  const auto count = [](std::int64_t value) { return static_cast<double>(value); };
  return {
      counter("process_cpu_seconds_total", "User and system CPU time, in seconds.",
              usage.cpu_seconds),
      gauge("process_resident_memory_bytes", "Memory in RAM, in bytes.",
            count(usage.resident_bytes)),
      gauge("process_virtual_memory_bytes", "Size of the address space, in bytes.",
            count(usage.virtual_bytes)),
      gauge("process_open_fds", "Open file descriptors.", count(usage.open_fds)),
      gauge("process_max_fds", "File descriptors that may be open (soft limit).",
            count(usage.max_fds)),
      gauge("process_threads", "Threads.", count(usage.threads)),
      gauge("process_start_time_seconds", "When the process began, in seconds since 1970 (UTC).",
            to_epoch_seconds(usage.started_at)),
  };
}

}  // namespace pm
