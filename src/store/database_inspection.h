#pragma once

#include <filesystem>

#include "domain/error.h"

namespace pm {

/// Looks at a database file from outside, whether or not a Port Manager has it open: whether it can
/// be read, is a Port Manager's, of a version that is known, and sound (SQLite's quick_check). No
/// file is changed or made. Of one that was not closed properly and lies there without its -shm
/// file, what its write-ahead log holds is not looked at. Errors: not_found, storage_failed.
Expected<void> inspect_database(const std::filesystem::path& path);

}  // namespace pm
