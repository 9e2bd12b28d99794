#pragma once

#include <cstdint>
#include <filesystem>
#include <unordered_map>
#include <unordered_set>

namespace pm {

/// A process that holds a socket, and the descriptor by which it does.
struct SocketOwner {
  int pid{0};
  int fd{-1};
  /// A service manager that keeps the sockets which it hands to services (systemd.socket(5)), and
  /// nobody else has this one yet.
  bool keeper{false};
};

/// Who holds the sockets of these inodes, by the links /proc/[pid]/fd/N -> socket:[inode]. When
/// several processes hold one (a parent and its workers) it is the one with the lowest pid, but
/// systemd only when nobody else does. An inode whose holder may not be seen, or is gone, is
/// missing from the answer: reading another user's links takes CAP_SYS_PTRACE and
/// CAP_DAC_READ_SEARCH (proc(5), ptrace(2)).
///
/// Walks the descriptors of every process until all are found: ask for many at once, and only for
/// those not known yet. Thread-safe: it keeps nothing. `proc` is where procfs is mounted.
std::unordered_map<std::uint64_t, SocketOwner> find_owners(
    std::unordered_set<std::uint64_t> inodes, const std::filesystem::path& proc = "/proc");

/// Whether the process still has that socket as that descriptor. True too when it may not be seen
/// any more: then nothing is known to have changed.
bool still_holds(const SocketOwner& owner, std::uint64_t inode,
                 const std::filesystem::path& proc = "/proc");

}  // namespace pm
