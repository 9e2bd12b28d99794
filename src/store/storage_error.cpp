#include "store/storage_error.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <cerrno>
#include <string>

namespace pm {
namespace {

bool is_full(const std::exception& thrown, int system_error) {
  const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&thrown);
  if (!sqlite) return false;
  // SQLITE_IOERR covers every failed system call; the extended code is in the higher bits.
  const int primary = sqlite->getErrorCode() & 0xff;
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

}  // namespace pm
