#include "store/database_inspection.h"

#include <SQLiteCpp/Exception.h>

#include "store/migrations.h"

namespace pm {

Expected<void> inspect_database(const std::filesystem::path& path) {
  std::error_code unreadable;
  if (!std::filesystem::exists(path, unreadable)) {
    return fail(ErrorCode::not_found, "There is no database " + path.string() + ".");
  }
  // Without both of them, a reader of SQLite's would make them, as the user who reads: the Port
  // Manager could perhaps not open them then.
  const bool is_live = std::filesystem::exists(path.string() + "-wal", unreadable) &&
                       std::filesystem::exists(path.string() + "-shm", unreadable);
  constexpr std::chrono::milliseconds busy_timeout{5'000};
  try {
    Connection connection(path,
                          is_live ? Connection::Access::read_only : Connection::Access::immutable,
                          busy_timeout);
    return check_database(connection, true);
  } catch (const SQLite::Exception& thrown) {
    return fail(ErrorCode::storage_failed,
                path.string() + " cannot be read: " + thrown.what() + ".");
  }
}

}  // namespace pm
