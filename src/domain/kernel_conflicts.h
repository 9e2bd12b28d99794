#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "domain/draft.h"
#include "domain/ephemeral_ports.h"
#include "domain/listener.h"

namespace pm {

/// One look at the kernel, as far as it disagrees with the registry. Local ports only.
struct KernelFindings {
  struct Finding {
    std::string service_id;
    PortKey key;        ///< the port that the service has
    Listener listener;  ///< who is there instead; of a drift: the service where it is
    std::string why;    ///< a clause, as of Judgement
    bool operator==(const Finding&) const = default;
  };
  std::vector<Finding> strangers;  ///< a listener on the service's port that is not the service
  std::vector<Finding> drifted;    ///< the service listens elsewhere, and not on its port
};

/// The conflicts of a look: system_conflict, drift and, from the registry and the kernel's
/// settings, ephemeral_overlap. One a service, type and key: of several strangers on one port the
/// first is named and the others are counted in the detail. Ids and times are left unset. Pure.
std::vector<Conflict> detect_kernel_conflicts(const Registry& registry,
                                              const KernelFindings& findings,
                                              const EphemeralPorts& ephemeral);

/// True for the types that detect_kernel_conflicts finds.
bool is_kernel_conflict(ConflictType type);

/// Opens and closes those conflicts as the findings come in, once two looks agree.
/// Not thread-safe.
class KernelConflictTracker {
 public:
  /// `agreement`: how long two looks must lie apart to agree.
  explicit KernelConflictTracker(std::chrono::milliseconds agreement) : agreement_(agreement) {}

  /// What to do about them after this look, taken at `now` on a clock that never goes back.
  struct Decision {
    std::vector<Conflict> open;       ///< to be opened, or to have their listener renewed
    std::vector<std::int64_t> close;  ///< conflict_ids
    bool waiting{false};              ///< something was seen that the next look may confirm
    bool empty() const { return open.empty() && close.empty(); }
  };
  Decision look(const Registry& registry, std::vector<Conflict> found,
                std::chrono::steady_clock::time_point now);

 private:
  struct Mark {
    std::tuple<ConflictType, PortKey, std::string> what;
    std::chrono::steady_clock::time_point since;
  };
  std::chrono::milliseconds agreement_;
  std::vector<Mark> appearing_;  ///< found, not open
  std::vector<Mark> vanishing_;  ///< open, not found
};

/// Records a decision: opens what still applies (the service still has the port and no such
/// conflict is open), closes what is still open. `resolution`: how the closed ones ended, a
/// sentence.
Expected<void> record_kernel_conflicts(Draft& draft,
                                       const KernelConflictTracker::Decision& decision);

}  // namespace pm
