#include "probe/owner_cache.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <map>
#include <utility>

namespace pm {
namespace {

// Per recheck: of the former about 10 us in all, of the latter about 30 us.
constexpr std::size_t owners_checked = 64;
constexpr std::size_t owners_checked_thoroughly = 4;

void add_facts(Listener& listener, int pid, const ProcessFacts& facts) {
  listener.pid = pid;
  listener.process = facts.stat.name;
  listener.start_ticks = facts.stat.start_ticks;
  listener.executable = facts.executable;
  listener.unit = facts.unit;
  listener.started = facts.started;
}

/// Facts of the processes that a walk has found, each read once.
class FactsOnce {
 public:
  explicit FactsOnce(const ProcessReader& processes) : processes_(processes) {}
  const std::optional<ProcessFacts>& of(int pid) {
    const auto found = facts_.find(pid);
    if (found != facts_.end()) return found->second;
    return facts_.emplace(pid, processes_.facts(pid)).first->second;
  }

 private:
  const ProcessReader& processes_;
  std::map<int, std::optional<ProcessFacts>> facts_;
};

bool has_ended(int pid) {
  return ::kill(pid, 0) != 0 && errno == ESRCH;
}

}  // namespace

OwnerCache::OwnerCache(std::filesystem::path proc) : processes_(std::move(proc)) {}

std::vector<OwnerCache::Row> OwnerCache::update(std::span<const RawSocket> sockets,
                                                const Moment& now) {
  const bool first = round_++ == 0;
  // Where many sockets have no owner to be seen, each change would walk the whole of /proc for
  // them.
  const bool retries = now.steady - last_retry_ >= retry_on_change_after;
  if (retries) last_retry_ = now.steady;
  Inodes wanted = lost_owners();
  for (const auto& socket : sockets) {
    auto& known = known_[socket.inode];
    const bool is_new = !known.row || known.socket != socket;
    if (is_new) {
      known = {.socket = socket, .owner = {}, .row = {}, .since = {}};
      if (!first) known.since = now.time;
    }
    known.seen = round_;
    const bool is_settled = known.owner.pid != 0 && !known.owner.keeper;
    if (is_new || (retries && !is_settled)) wanted.insert(socket.inode);
  }
  const auto is_gone = [&](const auto& entry) { return entry.second.seen != round_; };
  std::erase_if(known_, is_gone);
  std::erase_if(wanted, [&](std::uint64_t inode) { return !known_.contains(inode); });
  find(wanted, now);
  return rows(sockets);
}

std::vector<OwnerCache::Row> OwnerCache::rows(std::span<const RawSocket> sockets) {
  std::vector<Row> rows;
  rows.reserve(sockets.size());
  Inodes taken;
  for (const auto& socket : sockets) {
    if (taken.insert(socket.inode).second) rows.push_back(known_.at(socket.inode).row);
  }
  return rows;
}

bool OwnerCache::recheck(const Moment& now) {
  Inodes wanted = lost_owners();
  if (wanted.empty() && (unsettled_.empty() || now.steady - last_walk_ < retry_after)) return false;
  wanted.insert(unsettled_.begin(), unsettled_.end());
  last_retry_ = now.steady;
  return find(wanted, now);
}

/// The sockets of which the next owners in turn do not own them any more.
OwnerCache::Inodes OwnerCache::lost_owners() {
  Inodes lost;
  const auto each_in_turn = [&](std::size_t& turn, std::size_t limit, auto is_lost) {
    const std::size_t count = std::min(limit, holders_.size());
    for (std::size_t i = 0; i < count; ++i) {
      turn = (turn + 1) % holders_.size();
      const auto holder = known_.find(holders_[turn]);
      if (holder != known_.end() && is_lost(holder->second)) {
        add_lost(holder->second.owner.pid, lost);
      }
    }
  };
  each_in_turn(next_alive_, owners_checked,
               [](const Known& known) { return has_ended(known.owner.pid); });
  each_in_turn(next_current_, owners_checked_thoroughly,
               [&](const Known& known) { return !is_current(known); });
  return lost;
}

void OwnerCache::add_lost(int pid, Inodes& lost) const {
  for (const auto& [inode, known] : known_) {
    if (known.owner.pid == pid && !is_current(known)) lost.insert(inode);
  }
}

std::vector<OwnerCache::Row> OwnerCache::look(std::span<const RawSocket> sockets) {
  Inodes wanted;
  for (const auto& socket : sockets) {
    const auto known = known_.find(socket.inode);
    const bool settled = known != known_.end() && known->second.socket == socket &&
                         known->second.owner.pid != 0 && !known->second.owner.keeper &&
                         is_current(known->second);
    if (!settled) wanted.insert(socket.inode);
  }
  const auto owners = find_owners(wanted, processes_.proc());
  FactsOnce facts(processes_);
  std::vector<Row> rows;
  for (const auto& socket : sockets) {
    const auto known = known_.find(socket.inode);
    if (!wanted.contains(socket.inode)) {
      rows.push_back(known->second.row);
      continue;
    }
    Listener listener = describe(socket);
    if (known != known_.end() && known->second.socket == socket) {
      listener.since = known->second.since;
    }
    if (const auto owner = owners.find(socket.inode); owner != owners.end()) {
      if (const auto& found = facts.of(owner->second.pid)) {
        add_facts(listener, owner->second.pid, *found);
      }
    }
    rows.push_back(std::make_shared<const Listener>(std::move(listener)));
  }
  return rows;
}

/// Walks /proc for the owners. True when the row of one has changed.
bool OwnerCache::find(const Inodes& inodes, const Moment& now) {
  if (inodes.empty()) {
    count();
    return false;
  }
  const auto owners = find_owners(inodes, processes_.proc());
  last_walk_ = now.steady;
  FactsOnce facts(processes_);
  bool changed = false;
  for (const auto inode : inodes) {
    const auto owner = owners.find(inode);
    auto& known = known_.at(inode);
    const bool differs = owner == owners.end()
                             ? set_owner(known, {}, std::nullopt)
                             : set_owner(known, owner->second, facts.of(owner->second.pid));
    changed = changed || differs;
  }
  count();
  return changed;
}

bool OwnerCache::set_owner(Known& known, const SocketOwner& owner,
                           const std::optional<ProcessFacts>& facts) {
  Listener listener = describe(known.socket);
  listener.since = known.since;
  // Without facts the process has ended since it was found.
  known.owner = facts ? owner : SocketOwner{};
  if (facts) add_facts(listener, owner.pid, *facts);
  if (known.row && *known.row == listener) return false;
  known.row = std::make_shared<const Listener>(std::move(listener));
  return true;
}

void OwnerCache::count() {
  holders_.clear();
  unsettled_.clear();
  without_owner_ = 0;
  std::unordered_set<int> pids;
  for (const auto& [inode, known] : known_) {
    if (known.owner.pid == 0) ++without_owner_;
    if (known.owner.pid == 0 || known.owner.keeper) unsettled_.insert(inode);
    if (known.owner.pid != 0 && pids.insert(known.owner.pid).second) holders_.push_back(inode);
  }
}

/// The owner is the process that it was, under the same name, and has the socket.
bool OwnerCache::is_current(const Known& known) const {
  const auto stat = processes_.stat(known.owner.pid);
  return stat && stat->start_ticks == known.row->start_ticks && stat->name == known.row->process &&
         still_holds(known.owner, known.socket.inode, processes_.proc());
}

Listener OwnerCache::describe(const RawSocket& socket) {
  Listener listener;
  listener.address = address_text(socket.family, socket.address);
  listener.protocol = socket.protocol;
  listener.port = Port::clamped(socket.port);
  listener.v6_only = socket.v6_only;
  listener.inode = socket.inode;
  listener.uid = socket.uid;
  listener.user = users_.name_of(socket.uid);
  return listener;
}

}  // namespace pm
