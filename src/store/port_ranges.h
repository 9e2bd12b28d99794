#pragma once

#include "domain/registry.h"
#include "store/connection.h"

namespace pm {

/// Makes the table port_ranges say what is configured, as of the given revision. Writes nothing
/// when it says so already. Throws SQLite::Exception; then the table is as it was.
void write_port_ranges(Connection& connection, const SuiteConfig& config, std::int64_t revision);

}  // namespace pm
