#pragma once

#include <string>

#include "exporters/exported_suite.h"

namespace pm {

/// Environment variables for whoever reads a .env file (docker compose, node --env-file, systemd's
/// EnvironmentFile=, a shell): X_HOST, X_PORT and, by TCP, X_URL of each service that has a port,
/// contested or not; X as of environment_names(). These readers do not agree on quotes, so no value
/// is one that needs them: names, which are free text, are in comments alone.
std::string render_dotenv(const ExportedSuite& suite);

}  // namespace pm
