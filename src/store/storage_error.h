#pragma once

#include <exception>
#include <filesystem>
#include <stdexcept>

#include "domain/error.h"

namespace pm {

/// A row that no version of this program can have written. Not for callers to handle: whoever runs
/// the database must repair it or restore a backup.
class CorruptRow : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a caller whose change failed is told. `storage_full` when SQLite, or the system call below
/// it (`system_error`, an errno or 0), ran out of disk space; where another program is writing,
/// locked_error(); otherwise `storage_failed` with SQLite's own words. Each names what to do next,
/// and says that nothing was changed.
Error storage_error(const std::exception& thrown, int system_error,
                    const std::filesystem::path& database);

/// What a caller is told whom another program keeps from writing: `storage_failed`, with that
/// program where the system tells (listed_lock_holder).
Error locked_error(const std::filesystem::path& database);

/// What a caller is told who asked for something that could not be read: `storage_failed`.
Error unreadable_error(const std::exception& thrown, const std::filesystem::path& database);

/// Whether SQLite gave up because another program was writing.
bool is_busy(const std::exception& thrown);

}  // namespace pm
