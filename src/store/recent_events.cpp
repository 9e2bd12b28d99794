#include "store/recent_events.h"

#include <algorithm>

#include "store/rows.h"

namespace pm {
namespace {

constexpr int status_revision_column = 5;
constexpr int conflict_revision_column = 18;

LiveEvent read_port_change(const Query& row) {
  const auto event = read_history_event(row);
  return {event.revision, event.context.at,
          AnnouncePortChange{event.service_id, event.old_port, event.new_port}};
}

LiveEvent read_status_change(const Query& row) {
  const auto read = read_health(row);
  return {row.integer(status_revision_column), read.health.last_checked,
          PutHealth{read.service_id, read.port, read.health}};
}

LiveEvent read_conflict_change(Connection& connection, const Query& row) {
  auto conflict = read_conflict(row);
  conflict.services = services_of(connection, conflict.conflict_id);
  const auto revision = row.integer(conflict_revision_column);
  const auto closed_at = conflict.resolved_at;
  if (closed_at) return {revision, *closed_at, CloseConflict{std::move(conflict)}};
  const auto opened_at = conflict.detected_at;
  return {revision, opened_at, OpenConflict{std::move(conflict)}};
}

}  // namespace

RecentEvents read_recent_events(Connection& connection, int limit) {
  RecentEvents recent;
  recent.complete_since = connection.number("forgotten_status_changes");
  const auto read_all = [&](const char* statement, const auto& read) {
    auto query = connection.query(statement);
    query.set(":limit", std::int64_t{limit});
    int count = 0;
    std::int64_t oldest = 0;
    for (; query.next(); ++count) {
      recent.events.push_back(read(query));
      oldest = recent.events.back().revision;
    }
    // There may be more, also of the oldest revision that was read.
    if (count == limit) recent.complete_since = std::max(recent.complete_since, oldest);
  };
  read_all("recent_port_changes", read_port_change);
  read_all("recent_status_changes", read_status_change);
  read_all("recent_conflicts",
           [&](const Query& row) { return read_conflict_change(connection, row); });
  std::erase_if(recent.events,
                [&](const LiveEvent& event) { return event.revision <= recent.complete_since; });
  // Each kind was read from its newest to its oldest.
  std::reverse(recent.events.begin(), recent.events.end());
  std::stable_sort(
      recent.events.begin(), recent.events.end(),
      [](const LiveEvent& left, const LiveEvent& right) { return left.revision < right.revision; });
  return recent;
}

}  // namespace pm
