#pragma once

#include <string>

#include "exporters/exported_suite.h"

namespace pm {

/// A file for haproxy, next to the one with `global`, `defaults` and the frontends: a `backend` of
/// each reachable() service, named by its id, with one server whose health endpoint is checked. A
/// host name that cannot be resolved disables that server alone.
std::string render_haproxy(const ExportedSuite& suite);

}  // namespace pm
