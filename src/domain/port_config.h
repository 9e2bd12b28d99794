#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "domain/port.h"

namespace pm {

/// Where the port of a service is, when it is no TCP port of this machine.
struct PortPlace {
  std::string host{local_host};
  Protocol protocol{Protocol::tcp};

  bool operator==(const PortPlace&) const = default;
};

/// What there is to say of a reservation besides its port.
struct ReservationDetails {
  std::string reason;
  std::string service_id;  ///< whom it is kept for; "": for nobody in particular
  bool hold{false};

  bool operator==(const ReservationDetails&) const = default;
};

/// The content of a port_config.json, in the order of the file. It is what a file says, not what is
/// allowed: two services may have one port.
struct PortConfig {
  std::vector<std::pair<std::string, Port>> port_assignments;
  std::vector<std::pair<std::string, std::vector<Port>>> port_history;
  std::vector<Port> reserved_ports;
  /// Of services in `port_assignments`; of others it means nothing. The same for reserved ports.
  std::map<std::string, PortPlace> assignment_places;
  std::map<Port, ReservationDetails> reservation_details;
  std::string unknown_members;  ///< JSON text of an object, "" when there are none

  bool operator==(const PortConfig&) const = default;
};

}  // namespace pm
