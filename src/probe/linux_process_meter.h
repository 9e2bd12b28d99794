#pragma once

#include <filesystem>

#include "app/process_meter.h"
#include "probe/process_facts.h"

namespace pm {

/// Measures by procfs (proc_pid_stat(5)): CPU time to the clock tick, memory as the kernel counts
/// it for `ps`. `internal` where procfs is not mounted. Thread-safe.
class LinuxProcessMeter final : public ProcessMeter {
 public:
  explicit LinuxProcessMeter(std::filesystem::path proc = "/proc");

  Expected<ProcessUsage> usage() const override;

 private:
  std::filesystem::path self_;
  /// Read once: it must not move when somebody sets the clock.
  std::optional<Timestamp> started_at_;
};

}  // namespace pm
