#include "store/registry_loader.h"

#include <map>

#include "store/rows.h"
#include "store/storage_error.h"

namespace pm {
namespace {

/// Applies what `change_of` makes of each row. An error names the statement, hence the table.
template <typename ChangeOf>
void apply_rows(Connection& connection, Registry& registry, const char* statement,
                ChangeOf change_of) {
  try {
    auto row = connection.query(statement);
    while (row.next()) registry.apply(change_of(row));
  } catch (const CorruptRow& corrupt) {
    throw CorruptRow(std::string(corrupt.what()) + " (" + statement + ")");
  }
}

void load_held_ports(Connection& connection, Registry& registry) {
  std::map<std::string, std::vector<Port>> ports;
  auto row = connection.query("load_held_ports");
  while (row.next()) ports[row.text(0)].push_back(read_port(row, 1));
  for (auto& [service_id, held] : ports) registry.apply(PutHeldPorts{service_id, std::move(held)});
}

std::string setting(Connection& connection, const char* key) {
  auto row = connection.query("load_setting");
  row.set(":key", key);
  return row.next() ? row.text(0) : "";
}

void load_counters(Connection& connection, Registry& registry) {
  auto row = connection.query("load_counters");
  row.next();
  registry.set_revision(row.integer(0));
  Registry::Counters counters;
  counters.next_move_id = row.integer(1);
  counters.next_conflict_id = row.integer(2);
  counters.ports_reassigned = row.integer(3);
  const auto sequence = setting(connection, "next_sequence");
  if (!sequence.empty()) counters.next_sequence = std::stoll(sequence);
  registry.restore_counters(counters);
}

}  // namespace

Registry load_registry(Connection& connection, std::shared_ptr<const SuiteConfig> config) {
  Registry registry(std::move(config));
  apply_rows(connection, registry, "load_services",
             [](const Query& row) { return PutService{read_service(row)}; });
  apply_rows(connection, registry, "load_assignments",
             [](const Query& row) { return PutAssignment{read_assignment(row)}; });
  apply_rows(connection, registry, "load_reservations",
             [](const Query& row) { return PutReservation{read_reservation(row)}; });
  apply_rows(connection, registry, "load_open_moves",
             [](const Query& row) { return PutMove{read_move(row)}; });
  apply_rows(connection, registry, "load_open_conflicts", [&](const Query& row) {
    auto conflict = read_conflict(row);
    conflict.services = services_of(connection, conflict.conflict_id);
    return OpenConflict{std::move(conflict)};
  });
  apply_rows(connection, registry, "load_health", [](const Query& row) {
    auto read = read_health(row);
    return PutHealth{read.service_id, read.port, read.health};
  });
  apply_rows(connection, registry, "load_identities",
             [](const Query& row) { return PutIdentity{read_identity(row)}; });
  apply_rows(connection, registry, "load_recent_releases",
             [](const Query& row) { return AppendHistory{read_history_event(row)}; });
  load_held_ports(connection, registry);
  registry.apply(PutUnknownMembers{setting(connection, "unknown_members")});
  load_counters(connection, registry);
  return registry;
}

}  // namespace pm
