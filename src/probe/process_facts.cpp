#include "probe/process_facts.h"

#include <unistd.h>

#include <charconv>
#include <fstream>
#include <system_error>

#include "probe/small_file.h"

namespace pm {
namespace {

namespace fs = std::filesystem;

template <typename T>
bool read_number(std::string_view text, T& value) {
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
}

/// Takes what comes before the separator, and the separator, off the text.
std::string_view take_until(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  const auto word = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return word;
}

std::optional<Timestamp> time_of_boot(const fs::path& proc) {
  constexpr std::string_view label = "btime ";
  std::ifstream file(proc / "stat");
  for (std::string line; std::getline(file, line);) {
    std::int64_t seconds = 0;
    if (line.starts_with(label) &&
        read_number(std::string_view(line).substr(label.size()), seconds)) {
      return Timestamp(std::chrono::seconds(seconds));
    }
  }
  return std::nullopt;
}

std::chrono::milliseconds since_boot(std::uint64_t ticks) {
  static const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return std::chrono::milliseconds(ticks * 1000 / per_second);
}

std::string executable_of(const fs::path& process) {
  constexpr std::string_view deleted = " (deleted)";
  std::error_code error;
  std::string path = fs::read_symlink(process / "exe", error).string();
  if (path.ends_with(deleted)) path.resize(path.size() - deleted.size());
  return path;
}

}  // namespace

std::optional<ProcessStat> parse_stat(std::string_view text) {
  // Counted from the third field on, which follows the name.
  constexpr int fields_before_start = 19;
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::nullopt;
  }
  ProcessStat stat;
  stat.name = text.substr(open + 1, close - open - 1);
  text.remove_prefix(close + 1);
  take_until(text, ' ');
  const auto state = text.substr(0, 1);
  stat.has_ended = state == "Z" || state == "X";
  for (int i = 0; i < fields_before_start; ++i) take_until(text, ' ');
  if (!read_number(take_until(text, ' '), stat.start_ticks)) return std::nullopt;
  return stat;
}

std::string unit_of(std::string_view cgroups) {
  std::string_view path;
  while (!cgroups.empty()) {
    std::string_view line = take_until(cgroups, '\n');
    const auto hierarchy = take_until(line, ':');
    const auto controllers = take_until(line, ':');
    if (line.empty() || line == "/") continue;
    const bool unified = hierarchy == "0" && controllers.empty();
    if (unified || (controllers == "name=systemd" && path.empty())) path = line;
  }
  std::string_view unit;
  for (std::string_view rest = path; !rest.empty();) {
    const auto part = take_until(rest, '/');
    if (part.ends_with(".service") || part.ends_with(".scope")) unit = part;
  }
  return std::string(unit.empty() ? path : unit);
}

ProcessReader::ProcessReader(fs::path proc) : proc_(std::move(proc)), boot_(time_of_boot(proc_)) {}

std::optional<ProcessStat> ProcessReader::stat(int pid) const {
  auto stat = parse_stat(read_small_file(proc_ / std::to_string(pid) / "stat"));
  if (stat && stat->has_ended) return std::nullopt;
  return stat;
}

std::optional<Timestamp> ProcessReader::started(const ProcessStat& stat) const {
  if (!boot_) return std::nullopt;
  return *boot_ + since_boot(stat.start_ticks);
}

std::optional<ProcessFacts> ProcessReader::facts(int pid) const {
  auto stat = this->stat(pid);
  if (!stat) return std::nullopt;
  const fs::path process = proc_ / std::to_string(pid);
  ProcessFacts facts;
  facts.started = started(*stat);
  facts.stat = std::move(*stat);
  facts.executable = executable_of(process);
  facts.unit = unit_of(read_small_file(process / "cgroup"));
  return facts;
}

}  // namespace pm
