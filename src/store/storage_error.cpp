#include "store/storage_error.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "store/lock_holder.h"

namespace pm {
namespace {

/// SQLite's code without the extension in the higher bits; SQLITE_OK for what others threw.
int primary_code(const std::exception& thrown) {
  const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&thrown);
  return sqlite ? sqlite->getErrorCode() & 0xff : SQLITE_OK;
}

bool is_full(const std::exception& thrown, int system_error) {
  // SQLITE_IOERR covers every failed system call.
  const int primary = primary_code(thrown);
  if (primary == SQLITE_FULL) return true;
  return primary == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT);
}

bool is_read_only(int primary, int system_error) {
  switch (primary) {
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return true;
    default:
      return primary == SQLITE_IOERR && (system_error == EROFS || system_error == EACCES);
  }
}

/// Ends with what to do next.
std::string next_step(const std::exception& thrown, int system_error,
                      const std::filesystem::path& database) {
  const int primary = primary_code(thrown);
  if (is_read_only(primary, system_error)) {
    return "Let the user that the Port Manager runs as write to it, to its -wal and -shm, and in " +
           database.parent_path().string() +
           ", and see that the file system is not mounted read-only; then try again.";
  }
  if (primary == SQLITE_IOERR) {
    const auto cause =
        system_error == 0 ? "" : " (" + std::generic_category().message(system_error) + ")";
    return "The disk refuses" + cause +
           ": look at it, and into the kernel's log (dmesg), before you try again.";
  }
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) {
    return "It is damaged: stop the Port Manager and put a backup of it in place "
           "(docs/operations.md, \"Disaster recovery\").";
  }
  if (primary == SQLITE_CONSTRAINT || dynamic_cast<const CorruptRow*>(&thrown)) {
    return "If somebody has written to it by hand, correct the row with sqlite3, in one "
           "transaction; else put a backup in place (docs/operations.md, \"Disaster recovery\").";
  }
  return "Try again; if it fails again, the Port Manager's log has what came before.";
}

}  // namespace

Error storage_error(const std::exception& thrown, int system_error,
                    const std::filesystem::path& database) {
  if (is_full(thrown, system_error)) {
    return {ErrorCode::storage_full,
            "The disk is full. Free space on " + database.parent_path().string() +
                " and try again; nothing was changed.",
            ""};
  }
  if (is_busy(thrown)) return locked_error(database);
  return {ErrorCode::storage_failed,
          "The database " + database.string() + " reports: " + thrown.what() +
              ". Nothing was changed. " + next_step(thrown, system_error, database),
          ""};
}

Error locked_error(const std::filesystem::path& database) {
  const auto holder = listed_lock_holder(database);
  if (holder) {
    return {ErrorCode::storage_failed,
            "Another program keeps the database " + database.string() + " locked: " +
                describe(*holder) + ". Nothing was changed. End its transaction and try again.",
            ""};
  }
  return {ErrorCode::storage_failed,
          "Another program keeps the database " + database.string() +
              " locked. Nothing was changed. End its transaction and try again; `fuser " +
              database.string() + "` names those who have it open.",
          ""};
}

Error unreadable_error(const std::exception& thrown, const std::filesystem::path& database) {
  if (is_busy(thrown)) return locked_error(database);
  return {ErrorCode::storage_failed,
          "The database " + database.string() + " cannot be read: " + thrown.what() + ". " +
              next_step(thrown, 0, database),
          ""};
}

bool is_busy(const std::exception& thrown) {
  return primary_code(thrown) == SQLITE_BUSY;
}

}  // namespace pm
