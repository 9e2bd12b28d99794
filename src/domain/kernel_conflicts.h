#pragma once

#include <chrono>
#include <cstdint>
#include <map>
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
  std::vector<Finding> strangers{};  ///< a listener on the service's port that is not the service
  std::vector<Finding> drifted{};    ///< the service listens elsewhere, and not on its port
  /// The service listens on its own port. Only those that have an open conflict of the kernel
  /// matter: it is how that conflict's end is told from the listener's.
  std::vector<Finding> in_place{};
};

/// The conflicts of a look: system_conflict, drift and, from the registry and the kernel's
/// settings, ephemeral_overlap. One a service, type and key: of several strangers on one port the
/// first is named and the others are counted in the detail. Findings at ports of other hosts, and
/// at ports that the service does not have, are left out. Ids and times are left unset. Pure.
std::vector<Conflict> detect_kernel_conflicts(const Registry& registry,
                                              const KernelFindings& findings,
                                              const EphemeralPorts& ephemeral);

/// True for the types that detect_kernel_conflicts finds.
bool is_kernel_conflict(ConflictType type);

/// True while the conflict's first service has the conflict's port. Without that no conflict of the
/// kernel can be one.
bool still_has_port(const Registry& registry, const Conflict& conflict);

/// Opens and closes those conflicts as the findings come in, once two looks agree: what a look
/// finds is opened, and what it does not find is closed, by a look that lies `agreement` or more
/// after, if every look from the one to the other said the same. A conflict is named by type, key
/// and service. Three things do not wait: a conflict whose service does not have the port any more
/// is closed, one whose listener or detail is another is renewed, and what a single look said
/// otherwise begins anew. That nothing is found of a service on the move says nothing: where it is
/// shows when it has arrived. What was decided and not recorded is decided again by the next look.
/// Not thread-safe.
class KernelConflictTracker {
 public:
  /// `agreement`: how long two looks must lie apart to agree. Even with 0 it takes two.
  explicit KernelConflictTracker(std::chrono::milliseconds agreement) : agreement_(agreement) {}

  struct Closing {
    std::int64_t conflict_id{0};
    std::string resolution;  ///< how it ended, a sentence
    bool operator==(const Closing&) const = default;
  };

  /// What to do about them after this look, taken at `now` on a clock that never goes back.
  struct Decision {
    /// To be opened; or, with the conflict_id and detected_at of the open one, to be renewed.
    std::vector<Conflict> open;
    std::vector<Closing> close;
    /// Something was seen that the next look may confirm, or was decided and is not seen to be
    /// recorded yet: look again, even if the kernel's table stays the same.
    bool waiting{false};
    bool empty() const { return open.empty() && close.empty(); }
  };

  /// `found` is what detect_kernel_conflicts made of the look, `in_place` the findings' own.
  Decision look(const Registry& registry, std::vector<Conflict> found,
                std::chrono::steady_clock::time_point now,
                const std::vector<KernelFindings::Finding>& in_place = {});

 private:
  /// Type, key and service: what names a conflict.
  using What = std::tuple<ConflictType, PortKey, std::string>;
  using Time = std::chrono::steady_clock::time_point;
  /// What the last look said, and since when all looks have said so.
  using Marks = std::map<What, Time>;

  bool is_confirmed(const Marks& before, Marks& after, const What& what, Time now) const;

  std::chrono::milliseconds agreement_;
  Marks appearing_;  ///< found, not open
  Marks vanishing_;  ///< open, not found
};

/// Records a decision, which may have been made on an older registry: opens what still applies (the
/// service has the port and no such conflict is open), renews and closes what is still open. The
/// action is "scan". Nothing is changed when nothing applies any more.
Expected<void> record_kernel_conflicts(Draft& draft,
                                       const KernelConflictTracker::Decision& decision);

}  // namespace pm
