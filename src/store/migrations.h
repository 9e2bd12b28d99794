#pragma once

#include "domain/error.h"
#include "store/connection.h"

namespace pm {

/// Makes sure that the file is a sound database of the Port Manager, and changes nothing in it.
/// `storage_failed`, naming the path and what to do, when it is empty though it was there before,
/// no database, damaged, of another program, or written by a newer Port Manager. Throws
/// SQLite::Exception while another program keeps it from being read.
Expected<void> check_database(Connection& connection, bool was_there);

/// Brings the tables to this program's version: applies each migration that the file has not seen,
/// in order, each in a transaction of its own. A file that is up to date is not written.
/// Throws SQLite::Exception; what was applied before stays, what failed leaves nothing.
void migrate(Connection& connection);

}  // namespace pm
