#include "store/port_ranges.h"

#include <SQLiteCpp/Transaction.h>

#include <utility>
#include <vector>

#include "store/rows.h"

namespace pm {
namespace {

using Ranges = std::vector<std::pair<std::string, PortRange>>;

/// The suite's range first, as load_port_ranges orders them.
Ranges configured_ranges(const SuiteConfig& config) {
  Ranges ranges{{"suite", config.range}};
  for (const auto& category : config.categories) ranges.emplace_back("category", category);
  return ranges;
}

Ranges stored_ranges(Connection& connection) {
  Ranges ranges;
  auto row = connection.query("load_port_ranges");
  while (row.next()) {
    ranges.emplace_back(row.text(0), PortRange{row.text(1), read_port(row, 2), read_port(row, 3)});
  }
  return ranges;
}

}  // namespace

void write_port_ranges(Connection& connection, const SuiteConfig& config, std::int64_t revision) {
  const auto ranges = configured_ranges(config);
  if (ranges == stored_ranges(connection)) return;
  SQLite::Transaction transaction(connection.database(), SQLite::TransactionBehavior::IMMEDIATE);
  connection.query("remove_port_ranges").run();
  std::int64_t position = 0;
  for (const auto& [kind, range] : ranges) {
    connection.query("insert_port_range")
        .set(":kind", kind)
        .set(":position", position++)
        .set(":name", range.name)
        .set(":low_port", range.lo)
        .set(":high_port", range.hi)
        .set(":revision", revision)
        .run();
  }
  transaction.commit();
}

}  // namespace pm
