#include "probe/socket_owner.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace pm {
namespace {

namespace fs = std::filesystem;

template <typename T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The names in a folder; what vanishes or is forbidden meanwhile is left out.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  return names;
}

std::vector<int> pids_in(const fs::path& proc) {
  std::vector<int> pids;
  for (const auto& name : names_in(proc)) {
    if (const auto pid = number<int>(name)) pids.push_back(*pid);
  }
  std::sort(pids.begin(), pids.end());
  return pids;
}

/// The inode in "socket:[4711]".
std::optional<std::uint64_t> socket_inode(std::string_view link) {
  constexpr std::string_view prefix = "socket:[";
  if (!link.starts_with(prefix) || !link.ends_with(']')) return std::nullopt;
  link.remove_prefix(prefix.size());
  link.remove_suffix(1);
  return number<std::uint64_t>(link);
}

std::string process_name(const fs::path& process) {
  std::ifstream file(process / "comm");
  std::string name;
  std::getline(file, name);
  return name;
}

}  // namespace

std::unordered_map<std::uint64_t, SocketOwner> find_owners(std::unordered_set<std::uint64_t> inodes,
                                                           const fs::path& proc) {
  std::unordered_map<std::uint64_t, SocketOwner> owners;
  if (inodes.empty()) return owners;
  for (const int pid : pids_in(proc)) {
    const auto process = proc / std::to_string(pid);
    for (const auto& fd : names_in(process / "fd")) {
      std::error_code error;
      const auto link = fs::read_symlink(process / "fd" / fd, error);
      if (error) continue;
      const auto inode = socket_inode(link.native());
      if (!inode || inodes.erase(*inode) == 0) continue;
      owners.emplace(*inode, SocketOwner{pid, process_name(process)});
      if (inodes.empty()) return owners;
    }
  }
  return owners;
}

}  // namespace pm
