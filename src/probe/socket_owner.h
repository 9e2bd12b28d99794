#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace pm {

/// `name` is the process's comm (proc(5)): at most 15 bytes, and the process may have chosen it.
struct SocketOwner {
  int pid{0};
  std::string name;
};

/// Who holds the sockets of these inodes, by the links /proc/[pid]/fd/N -> socket:[inode]. When
/// several processes hold one (a parent and its workers) it is the one with the lowest pid. An
/// inode whose holder may not be seen, or is gone, is missing from the answer: reading another
/// user's links takes CAP_SYS_PTRACE (proc(5), ptrace(2)).
///
/// Walks the descriptors of every process until all are found: ask for many at once, and only for
/// those not known yet. Thread-safe: it keeps nothing. `proc` is where procfs is mounted.
std::unordered_map<std::uint64_t, SocketOwner> find_owners(
    std::unordered_set<std::uint64_t> inodes, const std::filesystem::path& proc = "/proc");

}  // namespace pm
