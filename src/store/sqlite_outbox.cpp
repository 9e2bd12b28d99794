#include "store/sqlite_outbox.h"

#include <algorithm>
#include <span>

#include "store/rows.h"
#include "store/storage_error.h"

namespace pm {
namespace {

/// Rows that are written before commits get their turn: about two milliseconds.
constexpr std::size_t slice_size = 100;
constexpr std::chrono::milliseconds pause_while_busy{20};

const char* state_of(OutboxOutcome::Kind kind) {
  switch (kind) {
    case OutboxOutcome::Kind::delivered:
      return "delivered";
    case OutboxOutcome::Kind::given_up:
      return "given_up";
    case OutboxOutcome::Kind::retry:
      break;
  }
  return "waiting";
}

void write_outcome(Connection& connection, const OutboxOutcome& outcome) {
  auto query = connection.query("settle_event");
  query.set(":outbox_id", outcome.outbox_id).set(":state", state_of(outcome.kind));
  if (outcome.kind == OutboxOutcome::Kind::retry) {
    query.set(":retry_at", outcome.retry_at);
  } else {
    query.set(":settled_at", outcome.at);
  }
  if (outcome.kind != OutboxOutcome::Kind::delivered) query.set(":error", outcome.error);
  query.run();
}

struct Sizes {
  std::int64_t waiting{0};
  std::int64_t settled{0};
};

}  // namespace

Expected<std::vector<OutboxEvent>> SqliteOutbox::due(const std::string& target, Timestamp now,
                                                     int limit) {
  const auto bind = [&](Query& query) {
    query.set(":target", target).set(":now", now);
    query.set(":limit", std::int64_t{std::max(limit, 0)});
  };
  return read<std::vector<OutboxEvent>>("due_events", bind, [](Query& query) {
    std::vector<OutboxEvent> events;
    while (query.next()) events.push_back(read_outbox_event(query));
    return events;
  });
}

Expected<std::optional<Timestamp>> SqliteOutbox::next_due(const std::string& target,
                                                          Timestamp now) {
  const auto bind = [&](Query& query) { query.set(":target", target).set(":now", now); };
  return read<std::optional<Timestamp>>("next_due_event", bind, [](Query& query) {
    query.next();
    return read_optional_time(query, 0);
  });
}

Expected<void> SqliteOutbox::settle(const std::vector<OutboxOutcome>& outcomes) {
  if (outcomes.empty()) return {};
  return write([&](Connection& connection) {
    for (const auto& outcome : outcomes) write_outcome(connection, outcome);
  });
}

Expected<void> SqliteOutbox::hurry(const std::string& target, Timestamp now) {
  const auto put_off = read_ids(
      "put_off_events", [&](Query& query) { query.set(":target", target).set(":now", now); });
  return write_each(put_off, "hurry_event", [&](Query& query) { query.set(":now", now); })
      .map([](std::int64_t) {});
}

Expected<OutboxBacklog> SqliteOutbox::backlog(const std::string& target) {
  const auto bind = [&](Query& query) { query.set(":target", target); };
  return read<OutboxBacklog>("outbox_backlog", bind, [](Query& query) {
    return query.next() ? read_outbox_backlog(query) : OutboxBacklog{};
  });
}

Expected<std::int64_t> SqliteOutbox::trim(const std::string& target, const Bounds& bounds) {
  const auto sizes = read<Sizes>(
      "outbox_sizes", [&](Query& query) { query.set(":target", target); },
      [](Query& query) {
        query.next();
        return Sizes{query.integer(0), query.integer(1)};
      });
  if (!sizes) return tl::unexpected(sizes.error());

  auto dropped = supersede(target, sizes->waiting - bounds.waiting);
  if (!dropped) return dropped;
  return remove_settled(target, sizes->settled + *dropped - bounds.settled).map([&](std::int64_t) {
    return *dropped;
  });
}

Expected<std::int64_t> SqliteOutbox::supersede(const std::string& target, std::int64_t excess) {
  if (excess <= 0) return 0;
  const auto ids = read_ids("superseded_events", [&](Query& query) {
    query.set(":target", target).set(":limit", excess);
  });
  const auto at = options_.now();
  return write_each(ids, "supersede_event", [&](Query& query) { query.set(":at", at); });
}

Expected<std::int64_t> SqliteOutbox::remove_settled(const std::string& target,
                                                    std::int64_t excess) {
  if (excess <= 0) return 0;
  const auto ids = read_ids("oldest_settled_events", [&](Query& query) {
    query.set(":target", target).set(":limit", excess);
  });
  return write_each(ids, "remove_settled_event", [](Query&) {});
}

template <typename Value>
Expected<Value> SqliteOutbox::read(std::string_view statement, const Bind& bind,
                                   const std::function<Value(Query&)>& read) {
  const std::lock_guard lock(reading_);
  try {
    auto query = reader_.query(statement);
    bind(query);
    return read(query);
  } catch (const std::exception& thrown) {
    return tl::unexpected(unreadable_error(thrown, reader_.path()));
  }
}

Expected<SqliteOutbox::Ids> SqliteOutbox::read_ids(std::string_view statement, const Bind& bind) {
  return read<Ids>(statement, bind, [](Query& query) {
    Ids ids;
    while (query.next()) ids.push_back(query.integer(0));
    return ids;
  });
}

Expected<void> SqliteOutbox::write(const AsideWork& work) {
  const auto deadline = std::chrono::steady_clock::now() + options_.patience;
  for (;;) {
    const auto written = writer_.write_aside(work);
    if (!written) return tl::unexpected(written.error());
    if (*written) return {};
    if (std::chrono::steady_clock::now() >= deadline) {
      return tl::unexpected(locked_error(reader_.path()));
    }
    if (!options_.pause(pause_while_busy)) {
      return fail(ErrorCode::shutting_down,
                  "The Port Manager is stopping, and another program keeps its database locked. "
                  "Nothing was changed.");
    }
  }
}

Expected<std::int64_t> SqliteOutbox::write_each(const Expected<Ids>& ids,
                                                std::string_view statement, const Bind& bind) {
  if (!ids) return tl::unexpected(ids.error());
  std::int64_t changed = 0;
  std::span<const std::int64_t> left(*ids);
  while (!left.empty()) {
    const auto slice = left.first(std::min(left.size(), slice_size));
    left = left.subspan(slice.size());
    std::int64_t changed_now = 0;
    const auto written = write([&](Connection& connection) {
      for (const auto outbox_id : slice) {
        auto query = connection.query(statement);
        query.set(":outbox_id", outbox_id);
        bind(query);
        changed_now += query.run();
      }
    });
    if (!written) return tl::unexpected(written.error());
    changed += changed_now;
  }
  return changed;
}

}  // namespace pm
