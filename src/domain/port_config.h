#pragma once

#include <string>
#include <utility>
#include <vector>

#include "domain/port.h"

namespace pm {

/// The content of a port_config.json, in the order of the file. It is what a file says, not what is
/// allowed: two services may have one port.
struct PortConfig {
  std::vector<std::pair<std::string, Port>> port_assignments;
  std::vector<std::pair<std::string, std::vector<Port>>> port_history;
  std::vector<Port> reserved_ports;
  std::string unknown_members;  ///< JSON text of an object, "" when there are none
};

}  // namespace pm
