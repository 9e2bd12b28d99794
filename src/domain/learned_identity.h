#pragma once

#include <cstdint>
#include <string>

#include "domain/listener.h"
#include "domain/timestamp.h"

namespace pm {

/// The process that last answered /health as the service. A process is named by pid and start_ticks
/// within one boot; where the owner cannot be seen, by the socket's inode.
struct LearnedIdentity {
  std::string service_id;
  std::string boot_id;  ///< proc(5), /proc/sys/kernel/random/boot_id; a listener is of this boot
  int pid{0};
  std::uint64_t start_ticks{0};
  std::uint64_t inode{0};
  std::string executable;
  bool named_itself{false};  ///< the answer said who it is; false: it was healthy and no more
  Timestamp learned_at;

  /// The listener belongs to the very process that was learned.
  bool is_process(const Listener& listener, const std::string& present_boot) const;

  bool operator==(const LearnedIdentity&) const = default;
};

}  // namespace pm
