#pragma once

#include <chrono>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "app/kernel_sight.h"
#include "app/listener_interviews.h"
#include "domain/judge_listener.h"
#include "domain/kernel_conflicts.h"
#include "domain/registry.h"

namespace pm {

/// One comparison of the kernel's table with the registry: first whom to ask who they are, then,
/// once they were asked, who is where. Lives for one look, on one thread; the registry and the
/// table must outlive it.
class Look {
 public:
  struct Circumstances {
    int own_pid{0};
    std::string boot_id;
    Timestamp now;
    std::chrono::milliseconds youth{};
  };

  Look(const Registry& registry, const ListenerTable& table, Circumstances circumstances);

  /// The TCP listeners on services' ports, in the suite's range, and those of a learned process
  /// that is not on its service's port. Never this very process.
  std::vector<ListenerInterviews::Question> questions() const;

  struct Seen {
    KernelSight sight;  ///< but for its table
    KernelFindings findings;
    std::vector<LearnedIdentity> learned;  ///< the processes that services have now
    std::set<std::string> undecided;       ///< services on whose port somebody has yet to answer
  };
  Seen judge(const ListenerInterviews& interviews) const;

 private:
  using Row = ListenerTable::Row;
  using Names = std::unordered_set<std::string>;
  struct Place {
    const Service* service;
    const Assignment* assignment;
    bool is_moving;
  };

  /// The services that have one port, and who listens on it.
  void judge_port(std::span<const Place> holders, const ListenerInterviews& interviews,
                  const Names& names, Seen& seen) const;
  Judgement judge_one(const Place& place, const Row& row, const ListenerInterviews& interviews,
                      const Names& names) const;
  /// Those that listeners give as their own.
  Names names(const ListenerInterviews& interviews) const;
  /// The listener is the service, on its own port.
  void settle(const Place& place, const Row& row, std::string why, Seen& seen) const;
  bool is_self(const Listener& listener) const;
  void learn(const Place& place, const std::vector<Row>& own, const ListenerInterviews& interviews,
             Seen& seen) const;
  /// Where the missing services are, and who else there is.
  void find_elsewhere(const std::vector<const Place*>& missing,
                      const ListenerInterviews& interviews, Seen& seen) const;
  const LearnedIdentity* learned_process(const Listener& listener) const;

  const Registry& registry_;
  const ListenerTable& table_;
  const Circumstances circumstances_;
  std::vector<Place> places_;                 ///< the local assignments
  std::unordered_set<std::string> disputed_;  ///< services with an open conflict of the kernel
  /// Which service a process was learned as, by pid; of this boot.
  std::unordered_map<int, const LearnedIdentity*> learned_;
};

}  // namespace pm
