#include "probe/linux_process_meter.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <sstream>
#include <system_error>
#include <vector>

#include "probe/small_file.h"

namespace pm {
namespace {

namespace fs = std::filesystem;

/// As proc_pid_stat(5) numbers the fields; the name is the second.
enum StatField : std::uint8_t {
  state = 3,
  utime = 14,
  stime = 15,
  num_threads = 20,
  vsize = 23,
  rss = 24,
};

/// The fields from the state on. The name before it may have blanks and parentheses in it.
std::vector<std::string> fields_of(const std::string& stat) {
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(stat.substr(name_end + 1));
  return {std::istream_iterator<std::string>(rest), std::istream_iterator<std::string>()};
}

std::int64_t number(const std::vector<std::string>& fields, StatField field) {
  std::int64_t value = 0;
  std::istringstream(fields[static_cast<std::size_t>(field) - state]) >> value;
  return value;
}

std::int64_t soft_limit_of_fds() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  constexpr rlim_t most = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(limit.rlim_cur, most));
}

Error unreadable(const fs::path& path) {
  return {ErrorCode::internal,
          path.string() + " cannot be read, so what this process takes is not known. Mount procfs.",
          {}};
}

}  // namespace

LinuxProcessMeter::LinuxProcessMeter(fs::path proc) : self_(proc / "self") {
  if (const auto stat = parse_stat(read_small_file(self_ / "stat"))) {
    started_at_ = ProcessReader(std::move(proc)).started(*stat);
  }
}

Expected<ProcessUsage> LinuxProcessMeter::usage() const {
  const auto fields = fields_of(read_small_file(self_ / "stat"));
  if (fields.size() <= rss - state || !started_at_) return tl::unexpected(unreadable(self_));
  std::error_code error;
  const fs::directory_iterator fds(self_ / "fd", error);
  if (error) return tl::unexpected(unreadable(self_ / "fd"));

  const auto page = ::sysconf(_SC_PAGESIZE);
  const auto ticks = static_cast<double>(number(fields, utime) + number(fields, stime));
  ProcessUsage usage;
  usage.cpu_seconds = ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
  usage.resident_bytes = number(fields, rss) * page;
  usage.virtual_bytes = number(fields, vsize);
  // Without the one by which they are counted.
  usage.open_fds = std::distance(begin(fds), end(fds)) - 1;
  usage.max_fds = soft_limit_of_fds();
  usage.threads = number(fields, num_threads);
  usage.started_at = *started_at_;
  usage.machine_memory_bytes = std::max(0L, ::sysconf(_SC_PHYS_PAGES)) * page;
  return usage;
}

}  // namespace pm
