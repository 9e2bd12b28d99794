#pragma once

#include <string>

#include "exporters/exported_suite.h"

namespace pm {

/// An override file for docker compose, whose services are named by their ids: PORT in the
/// environment of each, and the port published when it is one of this machine. A service that is
/// contacted by its own id is a container with ports of its own: its port is exposed only. One on
/// another host, and a contested one, is left out. Comments, then JSON, which is YAML.
std::string render_compose(const ExportedSuite& suite);

}  // namespace pm
