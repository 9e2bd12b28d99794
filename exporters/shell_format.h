#pragma once

#include <string>

#include "exporters/exported_suite.h"

namespace pm {

/// A script for a POSIX shell to source: exports X_HOST, X_PORT, X_NAME and, by TCP, X_URL of each
/// service that has a port, contested or not; X as of environment_names(). Every value is quoted.
std::string render_shell(const ExportedSuite& suite);

}  // namespace pm
