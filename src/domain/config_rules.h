#pragma once

#include <vector>

#include "domain/draft.h"
#include "domain/port_config.h"

namespace pm {

/// The reservations that the file speaks of: permanent, of this machine, TCP; in their order.
std::vector<Reservation> permanent_reservations(const Registry& registry);

/// Replaces assignments, permanent reservations and history lists of the registry by the file's
/// (docs/concepts.md, "port_config.json"). The order of the file is the order of age: the first of
/// two services with one port is its holder. Who keeps its port has had it since when it had it.
/// `action` is import, restore or reset. Temporary reservations stay.
/// Errors: move_in_progress while any move is under way; forbidden when the file puts the Port
/// Manager elsewhere or leaves it out while it is assigned.
Expected<void> replace_config(Draft& draft, const PortConfig& config, HistoryAction action);

}  // namespace pm
