#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "app/listener_table.h"
#include "domain/timestamp.h"
#include "probe/process_facts.h"
#include "probe/raw_socket.h"
#include "probe/socket_owner.h"
#include "probe/user_names.h"

namespace pm {

/// The time by both clocks: one for people, one that never goes back.
struct Moment {
  Timestamp time;
  std::chrono::steady_clock::time_point steady;
};

/// Who owns the listening sockets, remembered from scan to scan by inode: /proc is walked only for
/// sockets not seen before, once for all of them. Not thread-safe.
///
/// An owner that was not found is looked for again when the set of sockets changes, but not within
/// `retry_on_change_after` of the last time, and at the latest after `retry_after`. An owner may
/// end, become another program or close its socket while a child keeps it: each update() and
/// recheck() looks at a bounded number of owners in turn, so that a scan stays cheap. An end is
/// noticed at once among up to 64 owners.
class OwnerCache {
 public:
  using Row = ListenerTable::Row;
  static constexpr std::chrono::seconds retry_after{30};
  static constexpr std::chrono::seconds retry_on_change_after{2};

  explicit OwnerCache(std::filesystem::path proc = "/proc");

  /// A row for each of the sockets, which are all that there are now; a socket named twice gets
  /// one. A row that says the same as before is the same object. `since` is set for sockets that
  /// were not there at the first update().
  std::vector<Row> update(std::span<const RawSocket> sockets, const Moment& now);

  /// For sockets that are the same as at the last update(). True when rows have changed; rows()
  /// has them.
  bool recheck(const Moment& now);

  std::vector<Row> rows(std::span<const RawSocket> sockets);

  /// Rows for a few sockets, each owner looked at anew. Remembers nothing.
  std::vector<Row> look(std::span<const RawSocket> sockets);

  std::size_t without_owner() const { return without_owner_; }

 private:
  struct Known {
    RawSocket socket;
    SocketOwner owner;  ///< pid 0: not found
    Row row;
    std::optional<Timestamp> since;
    std::uint64_t seen{0};  ///< the round of the last update() that had it
  };
  using Inodes = std::unordered_set<std::uint64_t>;

  bool find(const Inodes& inodes, const Moment& now);
  bool set_owner(Known& known, const SocketOwner& owner, const std::optional<ProcessFacts>& facts);
  void count();
  Inodes lost_owners();
  void add_lost(int pid, Inodes& lost) const;
  bool is_current(const Known& known) const;
  Listener describe(const RawSocket& socket);

  ProcessReader processes_;
  UserNames users_;
  std::unordered_map<std::uint64_t, Known> known_;
  std::vector<std::uint64_t> holders_;  ///< one socket's inode for each process that owns any
  std::size_t next_alive_{0};
  std::size_t next_current_{0};
  Inodes unsettled_;  ///< without an owner, or with a mere keeper
  std::size_t without_owner_{0};
  std::chrono::steady_clock::time_point last_walk_;
  std::chrono::steady_clock::time_point last_retry_;
  std::uint64_t round_{0};
};

}  // namespace pm
