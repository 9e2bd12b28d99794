#include "store/history_reader.h"

#include <SQLiteCpp/Transaction.h>

#include <algorithm>

#include "store/recent_events.h"
#include "store/rows.h"
#include "store/storage_error.h"

namespace pm {
namespace {

/// Reads one row more than wanted: it tells whether there is another page.
template <typename Row, typename Read, typename IdOf>
Page<Row> read_page(Query& query, int limit, Read read, IdOf id_of) {
  const auto wanted = static_cast<std::size_t>(std::max(limit, 1));
  query.set(":limit", static_cast<std::int64_t>(wanted + 1));
  Page<Row> page;
  while (query.next()) {
    if (page.rows.size() == wanted) {
      page.next_cursor = id_of(page.rows.back());
      break;
    }
    page.rows.push_back(read(query));
  }
  return page;
}

}  // namespace

Expected<Page<HistoryEvent>> HistoryReader::history(const std::string& service_id, int limit,
                                                    std::optional<std::int64_t> before) {
  const std::lock_guard lock(one_at_a_time_);
  try {
    auto query = connection_.query("history_of_service");
    query.set(":service_id", service_id).set(":before", before);
    return read_page<HistoryEvent>(query, limit, read_history_event,
                                   [](const HistoryEvent& event) { return event.history_id; });
  } catch (const std::exception& thrown) {
    return tl::unexpected(unreadable_error(thrown, connection_.path()));
  }
}

Expected<Page<HistoryEvent>> HistoryReader::history_of_all(const HistoryFilter& filter, int limit,
                                                           std::optional<std::int64_t> before) {
  const std::lock_guard lock(one_at_a_time_);
  try {
    // Two statements: only one that always names the port is answered from the indexes of ports.
    auto query = connection_.query(filter.port ? "history_of_port" : "history_of_all");
    query.set(":since", filter.since).set(":before", before);
    if (filter.port) query.set(":port", std::int64_t{filter.port->value()});
    return read_page<HistoryEvent>(query, limit, read_history_event,
                                   [](const HistoryEvent& event) { return event.history_id; });
  } catch (const std::exception& thrown) {
    return tl::unexpected(unreadable_error(thrown, connection_.path()));
  }
}

Expected<Page<Conflict>> HistoryReader::conflicts(std::optional<Timestamp> since, int limit,
                                                  std::optional<std::int64_t> before) {
  const std::lock_guard lock(one_at_a_time_);
  try {
    const SQLite::Transaction one_moment(connection_.database());
    auto query = connection_.query("conflict_history");
    query.set(":since", since).set(":before", before);
    const auto read = [this](const Query& row) {
      auto conflict = read_conflict(row);
      conflict.services = services_of(connection_, conflict.conflict_id);
      return conflict;
    };
    return read_page<Conflict>(query, limit, read,
                               [](const Conflict& conflict) { return conflict.conflict_id; });
  } catch (const std::exception& thrown) {
    return tl::unexpected(unreadable_error(thrown, connection_.path()));
  }
}

Expected<RecentEvents> HistoryReader::recent_events(int limit) {
  const std::lock_guard lock(one_at_a_time_);
  try {
    const SQLite::Transaction one_moment(connection_.database());
    return read_recent_events(connection_, std::max(limit, 1));
  } catch (const std::exception& thrown) {
    return tl::unexpected(unreadable_error(thrown, connection_.path()));
  }
}

}  // namespace pm
