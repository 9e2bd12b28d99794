#include "store/storage_error.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <cerrno>
#include <string>

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

}  // namespace

Error storage_error(const std::exception& thrown, int system_error,
                    const std::filesystem::path& database) {
  if (is_full(thrown, system_error)) {
    return {ErrorCode::storage_full,
            "The disk is full. Free space on " + database.parent_path().string() +
                " and try again; nothing was changed.",
            ""};
  }
  return {
      ErrorCode::storage_failed,
      "The database " + database.string() + " reports: " + thrown.what() + ". Nothing was changed.",
      ""};
}

Error unreadable_error(const std::exception& thrown, const std::filesystem::path& database) {
  return {ErrorCode::storage_failed,
          "The database " + database.string() + " cannot be read: " + thrown.what(), ""};
}

bool is_busy(const std::exception& thrown) {
  return primary_code(thrown) == SQLITE_BUSY;
}

}  // namespace pm
