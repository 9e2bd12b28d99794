#include "store/migrations.h"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>

#include <charconv>
#include <filesystem>
#include <stdexcept>

#include "store/storage_error.h"
#include "store_migrations.h"

namespace pm {
namespace {

/// "PMgr", as migrations/0001 sets it.
constexpr std::int64_t own_application_id = 0x504D6772;

/// The number that a migration's file name begins with: its user_version.
std::int64_t version_of(std::string_view file_name) {
  std::int64_t version = 0;
  std::from_chars(file_name.data(), file_name.data() + file_name.size(), version);
  return version;
}

std::int64_t newest_version() {
  return version_of(embedded::store_migrations().back().name);
}

tl::unexpected<Error> refuse(const Connection& connection, const std::string& fault) {
  return fail(ErrorCode::storage_failed, "Not opened: " + connection.path().string() + " " + fault);
}

Expected<void> check_owner(Connection& connection) {
  const auto owner = connection.number("application_id");
  const bool blank = owner == 0 && connection.number("count_tables") == 0;
  if (owner == own_application_id || blank) return {};
  return refuse(connection,
                "is a database of another program. Name another file, or move this one away.");
}

Expected<void> check_version(Connection& connection) {
  const auto version = connection.number("user_version");
  if (version <= newest_version()) return {};
  return refuse(connection, "was written by a newer Port Manager (version " +
                                std::to_string(version) + " of the tables, this one knows " +
                                std::to_string(newest_version()) +
                                "). Run that one, or restore a backup from before the upgrade.");
}

Expected<void> check_sound(Connection& connection) {
  auto check = connection.query("quick_check");
  if (check.next() && check.text(0) == "ok") return {};
  return refuse(connection,
                "is damaged: " + check.text(0) + ". Restore a backup of it, or move it away.");
}

}  // namespace

Expected<void> check_database(Connection& connection, bool was_there) {
  std::error_code unreadable;
  if (was_there && std::filesystem::file_size(connection.path(), unreadable) == 0) {
    return refuse(connection,
                  "is empty; a database never is. Restore a backup of it, or remove it to start "
                  "with no records.");
  }
  try {
    for (const auto check : {check_owner, check_version, check_sound}) {
      if (auto checked = check(connection); !checked) return checked;
    }
  } catch (const SQLite::Exception& thrown) {
    if (is_busy(thrown)) throw;
    return refuse(connection, std::string("cannot be read: ") + thrown.what() +
                                  ". Restore a backup of it, or move it away.");
  }
  return {};
}

void migrate(Connection& connection) {
  for (const auto& migration : embedded::store_migrations()) {
    const auto version = version_of(migration.name);
    if (version <= connection.number("user_version")) continue;
    SQLite::Transaction transaction(connection.database(), SQLite::TransactionBehavior::IMMEDIATE);
    connection.database().exec(std::string(migration.text));
    if (connection.number("user_version") != version) {
      throw std::logic_error("migrations/" + std::string(migration.name) +
                             " does not set its user_version");
    }
    transaction.commit();
  }
}

}  // namespace pm
