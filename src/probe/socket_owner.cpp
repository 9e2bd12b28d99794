#include "probe/socket_owner.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/small_file.h"

namespace pm {
namespace {

namespace fs = std::filesystem;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

template <typename T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Calls `visit` with each name in the folder that is a number, until it answers false. What
/// vanishes or is forbidden meanwhile is left out.
template <typename Visit>
void for_each_number(const Folder& folder, Visit visit) {
  if (!folder) return;
  while (const dirent* entry = ::readdir(folder.get())) {
    const auto value = number<int>(static_cast<const char*>(entry->d_name));
    if (value && !visit(*value)) return;
  }
}

std::vector<int> pids_in(const fs::path& proc) {
  std::vector<int> pids;
  for_each_number(Folder(::opendir(proc.c_str())), [&](int pid) {
    pids.push_back(pid);
    return true;
  });
  std::sort(pids.begin(), pids.end());
  return pids;
}

/// The inode in the link "socket:[4711]".
std::optional<std::uint64_t> socket_inode(int folder, const char* name) {
  constexpr std::string_view prefix = "socket:[";
  std::array<char, 64> target{};
  const ssize_t size = ::readlinkat(folder, name, target.data(), target.size());
  if (size <= 0) return std::nullopt;
  std::string_view link(target.data(), static_cast<std::size_t>(size));
  if (!link.starts_with(prefix) || !link.ends_with(']')) return std::nullopt;
  link.remove_prefix(prefix.size());
  link.remove_suffix(1);
  return number<std::uint64_t>(link);
}

class Walk {
 public:
  Walk(std::unordered_set<std::uint64_t> inodes, const fs::path& proc)
      : wanted_(std::move(inodes)), proc_(proc) {}

  std::unordered_map<std::uint64_t, SocketOwner> run() {
    if (wanted_.empty()) return {};
    for (const int pid : pids_in(proc_)) {
      visit(pid);
      if (wanted_.empty()) break;
    }
    return std::move(owners_);
  }

 private:
  void visit(int pid) {
    const fs::path process = proc_ / std::to_string(pid);
    const Folder folder(::opendir((process / "fd").c_str()));
    std::optional<bool> keeper;
    for_each_number(folder, [&](int fd) {
      const auto inode = socket_inode(::dirfd(folder.get()), std::to_string(fd).c_str());
      if (!inode || !wanted_.contains(*inode)) return true;
      if (!keeper) keeper = read_small_file(process / "comm") == "systemd\n";
      take(*inode, {pid, fd, *keeper});
      return !wanted_.empty();
    });
  }

  void take(std::uint64_t inode, const SocketOwner& owner) {
    if (owner.keeper) {
      owners_.emplace(inode, owner);
    } else {
      owners_.insert_or_assign(inode, owner);
      wanted_.erase(inode);
    }
  }

  std::unordered_set<std::uint64_t> wanted_;
  const fs::path& proc_;
  std::unordered_map<std::uint64_t, SocketOwner> owners_;
};

}  // namespace

std::unordered_map<std::uint64_t, SocketOwner> find_owners(std::unordered_set<std::uint64_t> inodes,
                                                           const fs::path& proc) {
  return Walk(std::move(inodes), proc).run();
}

bool still_holds(const SocketOwner& owner, std::uint64_t inode, const fs::path& proc) {
  const std::string link =
      proc.string() + "/" + std::to_string(owner.pid) + "/fd/" + std::to_string(owner.fd);
  errno = 0;
  if (const auto found = socket_inode(AT_FDCWD, link.c_str())) return *found == inode;
  return errno == EACCES || errno == EPERM;
}

}  // namespace pm
