#pragma once

#include <string>

#include "exporters/exported_suite.h"

namespace pm {

/// Service definitions for a Consul agent's configuration folder, one of each reachable() service
/// or one by UDP, as JSON. By TCP, Consul asks the health endpoint every ten seconds.
std::string render_consul(const ExportedSuite& suite);

}  // namespace pm
