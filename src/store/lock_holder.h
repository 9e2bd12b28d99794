#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "app/clock.h"

namespace pm {

/// Another process that keeps everybody from writing to a database.
struct LockHolder {
  pid_t pid{0};      ///< 0: one that is not seen from here, as outside of this container
  std::string name;  ///< as the kernel has it (/proc/PID/comm); "" where it does not tell
};

/// "sqlite3 (process 4711)", "process 4711", "a process that is not seen from here"
std::string describe(const LockHolder& holder);

/// By /proc/locks: who has the write lock of the database at this moment. Opens none of the
/// database's files, so that a process may ask that has the database open itself. Unset: nobody
/// else, or it cannot be told, as on a file system whose files do not name their device (btrfs).
std::optional<LockHolder> listed_lock_holder(const std::filesystem::path& database);

/// By asking the kernel about each lock that a writer takes: true of every file system, and unset
/// means that nobody has it at this moment. Takes no lock, and needs to read the files only. Not
/// for a process that has the database open: to close a file lets go of all the locks that the
/// process has on it (fcntl(2)).
std::optional<LockHolder> asked_lock_holder(const std::filesystem::path& database);

/// What keeps writers from the database for longer than a transaction of the Port Manager takes:
/// asks, for up to two seconds, until it is free or another has it. Unset also when it is the Port
/// Manager of this database that is writing, or when the clock says to stop. As
/// asked_lock_holder().
std::optional<LockHolder> lasting_lock_holder(const std::filesystem::path& database, Clock& clock);

}  // namespace pm
