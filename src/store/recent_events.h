#pragma once

#include "app/store.h"
#include "store/connection.h"

namespace pm {

/// What the tables still know of the newest `limit` changes of each kind; see Store::recent_events.
/// Inside a transaction, so that all of it is of one moment. Throws SQLite::Exception and
/// CorruptRow.
RecentEvents read_recent_events(Connection& connection, int limit);

}  // namespace pm
