#include "store/sqlite_store.h"

#include <fstream>
#include <utility>

#include "store/file_lock.h"
#include "store/group_commit.h"
#include "store/history_reader.h"
#include "store/migrations.h"
#include "store/sqlite_outbox.h"
#include "store/storage_error.h"

namespace pm {
namespace {

/// Two names of one file must meet in one lock.
std::filesystem::path resolved(const std::filesystem::path& file) {
  std::error_code unresolvable;
  auto path = std::filesystem::weakly_canonical(file, unresolvable);
  return unresolvable ? std::filesystem::absolute(file) : path;
}

Expected<Connection> open_current(const std::filesystem::path& path, bool was_there,
                                  std::chrono::milliseconds busy_timeout) {
  try {
    Connection connection(path, Connection::Access::read_write_create, busy_timeout);
    if (auto checked = check_database(connection, was_there); !checked) {
      return tl::unexpected(checked.error());
    }
    connection.database().exec(statement_text("connection"));
    migrate(connection);
    return connection;
  } catch (const std::exception& thrown) {
    return tl::unexpected(storage_error(thrown, 0, path));
  }
}

/// An empty file that a failed first start has made would be refused at the next one.
void remove_if_empty(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::file_size(path, ignored) == 0) std::filesystem::remove(path, ignored);
}

}  // namespace

Expected<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& file,
                                                         std::shared_ptr<const SuiteConfig> config,
                                                         Options options) {
  const auto path = resolved(file);
  auto lock = FileLock::acquire(path.string() + ".lock");
  if (!lock) return tl::unexpected(lock.error());
  // A first start that was killed may have left a file without a byte. The mark tells it from a
  // database that somebody has emptied, which is refused.
  const std::filesystem::path mark = path.string() + ".new";
  const bool was_there = std::filesystem::exists(path) && !std::filesystem::exists(mark);
  if (!was_there) std::ofstream(mark).flush();
  auto connection = open_current(path, was_there, options.busy_timeout);
  if (!connection) {
    if (!was_there) {
      remove_if_empty(path);
      std::error_code ignored;
      std::filesystem::remove(mark, ignored);
    }
    return tl::unexpected(connection.error());
  }
  try {
    auto ledger =
        std::make_unique<Ledger>(std::move(*connection), std::move(config),
                                 Ledger::Options{std::move(options.outbox_targets), options.now});
    std::error_code ignored;
    if (!was_there) std::filesystem::remove(mark, ignored);
    return std::unique_ptr<SqliteStore>(new SqliteStore(
        std::make_unique<FileLock>(std::move(*lock)), std::move(ledger), path, options));
  } catch (const std::exception& thrown) {
    return tl::unexpected(storage_error(thrown, 0, path));
  }
}

SqliteStore::SqliteStore(std::unique_ptr<FileLock> lock, std::unique_ptr<Ledger> ledger,
                         const std::filesystem::path& path, const Options& options)
    : lock_(std::move(lock)),
      writer_(std::make_unique<GroupCommit>(std::move(ledger), options.outside_check)),
      reader_(std::make_unique<HistoryReader>(
          Connection(path, Connection::Access::read_only, options.busy_timeout))),
      outbox_(std::make_unique<SqliteOutbox>(
          Connection(path, Connection::Access::read_only, options.busy_timeout), *writer_,
          SqliteOutbox::Options{options.now, options.busy_timeout, options.pause})) {}

SqliteStore::~SqliteStore() = default;

Snapshot SqliteStore::snapshot() const {
  return writer_->snapshot();
}

Expected<Committed> SqliteStore::commit(const ChangeContext& context, Rule rule) {
  return writer_->commit(context, std::move(rule));
}

Expected<Page<HistoryEvent>> SqliteStore::history(const std::string& service_id, int limit,
                                                  std::optional<std::int64_t> before) {
  return reader_->history(service_id, limit, before);
}

Expected<Page<HistoryEvent>> SqliteStore::history_of_all(const HistoryFilter& filter, int limit,
                                                         std::optional<std::int64_t> before) {
  return reader_->history_of_all(filter, limit, before);
}

Expected<Page<Conflict>> SqliteStore::conflict_history(std::optional<Timestamp> since, int limit,
                                                       std::optional<std::int64_t> before) {
  return reader_->conflicts(since, limit, before);
}

Expected<RecentEvents> SqliteStore::recent_events(int limit) {
  return reader_->recent_events(limit);
}

void SqliteStore::observe(std::function<void(const CommitNotice&)> observer) {
  writer_->observe(std::move(observer));
}

Outbox& SqliteStore::outbox() {
  return *outbox_;
}

void SqliteStore::stop() {
  writer_->stop();
}

}  // namespace pm
