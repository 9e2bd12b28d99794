#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "domain/port.h"
#include "domain/timestamp.h"

namespace pm {

/// The text of sql/<name>.sql. A name that there is no file for is a defect: std::logic_error.
std::string statement_text(std::string_view name);

/// A prepared statement on loan: values in, rows out. Letting it go resets the statement, so that
/// no forgotten cursor keeps a read transaction open. Parameters go by their name with the colon
/// and are NULL until set; columns go by their place, the first is 0. Every call may throw
/// SQLite::Exception.
class Query {
 public:
  explicit Query(SQLite::Statement& statement);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Query& set(const char* name, const std::string& value);
  Query& set(const char* name, const char* value);
  Query& set(const char* name, std::int64_t value);
  Query& set(const char* name, Timestamp value);
  Query& set(const char* name, Port value);
  /// Unset is NULL.
  template <typename T>
  Query& set(const char* name, const std::optional<T>& value) {
    if (value) return set(name, *value);
    statement_.get().bind(name);
    return *this;
  }

  /// Runs a statement that answers no rows; how many it changed.
  std::int64_t run() { return statement_.get().exec(); }
  /// Goes to the first or the next row; false when there is none left.
  bool next() { return statement_.get().executeStep(); }

  bool is_null(int column) const { return statement_.get().isColumnNull(column); }
  std::int64_t integer(int column) const;
  std::string text(int column) const;

 private:
  std::reference_wrapper<SQLite::Statement> statement_;
};

/// One connection to the database, with the statements of sql/ that were used on it so far kept
/// prepared. Not thread-safe: SQLiteCpp shares a statement without a lock.
class Connection {
 public:
  enum class Access : std::uint8_t {
    read_only,
    read_write_create,
    /// Of a file that nobody writes to: no file is made next to it, and what a write-ahead log next
    /// to it may hold is not seen.
    immutable,
  };
  /// What a transaction that has committed survives, and whether it waits to begin.
  enum class Writes : std::uint8_t {
    durable,  ///< a loss of power; waits `busy_timeout` for another program that is writing
    relaxed,  ///< a crash of this process, and all else once a durable one follows; never waits
  };

  /// Throws SQLite::Exception when there is nothing to open.
  Connection(const std::filesystem::path& path, Access access,
             std::chrono::milliseconds busy_timeout);

  const std::filesystem::path& path() const { return path_; }
  SQLite::Database& database() { return database_; }

  /// The statement sql/<name>.sql. One loan of a name at a time.
  Query query(std::string_view name);
  /// The first column of the first row, for questions that have one number as answer.
  std::int64_t number(std::string_view name);

  /// How the next transactions are written. Not inside one. Throws SQLite::Exception; then it is
  /// neither, until a call succeeds.
  void set_writes(Writes writes);

  /// The errno of the last system call that failed for SQLite.
  int system_error() const;

 private:
  std::filesystem::path path_;
  std::chrono::milliseconds busy_timeout_;
  SQLite::Database database_;
  std::optional<Writes> writes_;
  std::map<std::string, SQLite::Statement, std::less<>> statements_;
};

}  // namespace pm
