#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "domain/timestamp.h"

namespace pm {

/// What /proc/[pid]/stat tells of a process (proc_pid_stat(5)).
struct ProcessStat {
  std::string name;              ///< comm
  std::uint64_t start_ticks{0};  ///< starttime, in clock ticks since boot
  bool has_ended{false};         ///< a zombie: it holds nothing any more

  bool operator==(const ProcessStat&) const = default;
};

/// What is known of a process. Empty texts where this process may not see it.
struct ProcessFacts {
  ProcessStat stat;
  std::string executable;            ///< "/usr/sbin/nginx", also when the file is deleted by now
  std::string unit;                  ///< see unit_of()
  std::optional<Timestamp> started;  ///< unset when the time of boot is unknown
};

/// The name is what stands between the first "(" and the last ")": a process may have chosen one
/// with blanks and parentheses in it. Unset when the text is not of this form.
std::optional<ProcessStat> parse_stat(std::string_view text);

/// From the text of /proc/[pid]/cgroup (cgroups(7)): the innermost systemd unit, "nginx.service" or
/// "session-2.scope"; without one the path of the control group, "/docker/4711"; "" in the root.
/// Takes the unified hierarchy, and where that says nothing, systemd's own one.
std::string unit_of(std::string_view cgroups);

/// Reads processes from where procfs is mounted. Thread-safe: all that it keeps is the time of
/// boot.
class ProcessReader {
 public:
  explicit ProcessReader(std::filesystem::path proc = "/proc");

  /// Unset when there is no such process, or nothing but a zombie of it.
  std::optional<ProcessStat> stat(int pid) const;
  std::optional<ProcessFacts> facts(int pid) const;
  /// Unset when the time of boot is unknown.
  std::optional<Timestamp> started(const ProcessStat& stat) const;

  const std::filesystem::path& proc() const { return proc_; }

 private:
  std::filesystem::path proc_;
  std::optional<Timestamp> boot_;
};

}  // namespace pm
