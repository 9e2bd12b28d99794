#include "store/connection.h"

#include <SQLiteCpp/Column.h>
#include <sqlite3.h>

#include <algorithm>
#include <stdexcept>

#include "app/rfc3339.h"
#include "store_statements.h"

namespace pm {

namespace {

int flags_of(Connection::Access access) {
  switch (access) {
    case Connection::Access::read_only:
      return SQLite::OPEN_READONLY;
    case Connection::Access::immutable:
      return SQLite::OPEN_READONLY | SQLite::OPEN_URI;
    case Connection::Access::read_write_create:
      break;
  }
  return SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;
}

/// "file:PATH?immutable=1" (sqlite.org/uri.html): of the path, what would end it is encoded.
std::string immutable_uri(const std::filesystem::path& path) {
  std::string uri = "file:";
  for (const char c : path.string()) {
    if (c == '%') {
      uri += "%25";
    } else if (c == '?') {
      uri += "%3f";
    } else if (c == '#') {
      uri += "%23";
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

std::string statement_text(std::string_view name) {
  const auto files = embedded::store_statements();
  const auto file_name = std::string(name) + ".sql";
  const auto it = std::find_if(files.begin(), files.end(),
                               [&](const auto& file) { return file.name == file_name; });
  if (it == files.end()) throw std::logic_error("There is no statement sql/" + file_name);
  return std::string(it->text);
}

Query::Query(SQLite::Statement& statement) : statement_(statement) {
  statement.clearBindings();
}

Query::~Query() {
  statement_.get().tryReset();
}

Query& Query::set(const char* name, const std::string& value) {
  statement_.get().bind(name, value);
  return *this;
}

Query& Query::set(const char* name, const char* value) {
  statement_.get().bind(name, value);
  return *this;
}

Query& Query::set(const char* name, std::int64_t value) {
  statement_.get().bind(name, value);
  return *this;
}

Query& Query::set(const char* name, Timestamp value) {
  return set(name, to_rfc3339(value));
}

Query& Query::set(const char* name, Port value) {
  return set(name, std::int64_t{value.value()});
}

std::int64_t Query::integer(int column) const {
  return statement_.get().getColumn(column);
}

std::string Query::text(int column) const {
  return statement_.get().getColumn(column).getString();
}

Connection::Connection(const std::filesystem::path& path, Access access,
                       std::chrono::milliseconds busy_timeout)
    : path_(path),
      busy_timeout_(busy_timeout),
      database_(access == Access::immutable ? immutable_uri(path) : path.string(), flags_of(access),
                static_cast<int>(busy_timeout.count())) {}

Query Connection::query(std::string_view name) {
  auto it = statements_.find(name);
  if (it == statements_.end()) {
    it = statements_.emplace(std::string(name), SQLite::Statement(database_, statement_text(name)))
             .first;
  }
  return Query(it->second);
}

std::int64_t Connection::number(std::string_view name) {
  auto question = query(name);
  question.next();
  return question.integer(0);
}

void Connection::set_writes(Writes writes) {
  if (writes == writes_) return;
  const bool durable = writes == Writes::durable;
  writes_.reset();
  database_.exec(statement_text(durable ? "synchronous_full" : "synchronous_normal"));
  database_.setBusyTimeout(durable ? static_cast<int>(busy_timeout_.count()) : 0);
  writes_ = writes;
}

int Connection::system_error() const {
  return sqlite3_system_errno(database_.getHandle());
}

}  // namespace pm
