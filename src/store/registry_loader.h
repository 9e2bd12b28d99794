#pragma once

#include <memory>

#include "domain/registry.h"
#include "store/connection.h"

namespace pm {

/// The registry that the tables say, as of the newest revision in `changes`; of the ports that were
/// given up, the last 10,000 times. Call it inside a transaction, so that all tables are read as of
/// one moment. Throws SQLite::Exception, and CorruptRow for a value that none of ours can be.
Registry load_registry(Connection& connection, std::shared_ptr<const SuiteConfig> config);

}  // namespace pm
