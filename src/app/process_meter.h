#pragma once

#include <cstdint>

#include "domain/error.h"
#include "domain/timestamp.h"

namespace pm {

/// What this process takes of its machine.
struct ProcessUsage {
  double cpu_seconds{0};  ///< user and system, since the start
  std::int64_t resident_bytes{0};
  std::int64_t virtual_bytes{0};
  std::int64_t open_fds{0};
  std::int64_t max_fds{0};  ///< the soft limit
  std::int64_t threads{0};
  Timestamp started_at;
  std::int64_t machine_memory_bytes{0};  ///< of the whole machine; 0: not known
};

/// Measures the process it runs in. Thread-safe.
class ProcessMeter {
 public:
  virtual ~ProcessMeter() = default;

  virtual Expected<ProcessUsage> usage() const = 0;
};

}  // namespace pm
