#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "domain/port.h"

namespace pm {

/// A service that a bulk update wants on another port of its host and protocol.
struct PortUpdate {
  std::string service_id;
  PortKey from;
  Port to{Port::clamped(Port::lowest)};

  PortKey target() const { return {from.host, from.protocol, to}; }
};

/// One step of a plan: the service goes to `to`. `via_spare`: not its final port; a later step
/// takes it there.
struct PlannedStep {
  std::string service_id;
  PortKey from;
  Port to{Port::clamped(Port::lowest)};
  bool via_spare{false};

  bool operator==(const PlannedStep&) const = default;
};

/// Orders the updates so that every port is left before it is taken: chains from their free end,
/// cycles (swaps among them) through one spare port each. Updates to the port the service already
/// has make no step. `take_spare` is asked once for each cycle, with a port of it; it must never
/// give a port twice, nor one that an update names, and may have none left.
///
/// Nothing if a spare port was wanted and there was none. Requires: no service twice, no target
/// twice, and that no update wants a key which two others leave.
std::optional<std::vector<PlannedStep>> plan_moves(
    const std::vector<PortUpdate>& updates,
    const std::function<std::optional<Port>(const PortKey&)>& take_spare);

}  // namespace pm
