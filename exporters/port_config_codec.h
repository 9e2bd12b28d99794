#pragma once

#include <string>
#include <string_view>

#include "domain/port_config.h"
#include "domain/registry.h"

namespace pm {

/// Reads the text of a port_config.json or a backup; all or nothing. `what` begins each message:
/// "port_config.json". Errors, with the member in `field` where there is one:
/// `invalid_json` (with line and column; a name twice in one object is one), `invalid_shape` (a
/// member missing or of the wrong type, a port reserved twice), `out_of_bounds` (not 1024-65535, or
/// no host or protocol), `invalid_name` (a service id that is not one).
/// `port_assignments` is required; the others may be left out or null. Two services with one port
/// are no error.
Expected<PortConfig> parse_port_config(std::string_view text, std::string_view what);

/// The text of the registry's state: what parse_port_config() read and replace_config() imported
/// comes out the same, but for the time. Oldest assignment first. `assignment_places` and
/// `reservation_details` are there only when they say something. Temporary reservations, and those
/// of other hosts or protocols, are not part of the file. `time_member` names the member that
/// carries `at`: "last_updated" or "backup_timestamp".
std::string render_port_config(const Registry& registry, Timestamp at,
                               std::string_view time_member);

}  // namespace pm
