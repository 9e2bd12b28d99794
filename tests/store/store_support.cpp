#include "store_support.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Exception.h>
#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "app/rfc3339.h"
#include "store/migrations.h"

namespace pm::test {
namespace {

std::ostream& operator<<(std::ostream& out, const PortKey& key) {
  return out << key.host << '/' << to_string(key.protocol) << '/' << key.port.value();
}

std::ostream& operator<<(std::ostream& out, const ChangeContext& context) {
  return out << context.actor << '|' << context.reason << '|' << context.request_id << '|'
             << to_rfc3339(context.at);
}

std::string text(const std::optional<Timestamp>& time) {
  return time ? to_rfc3339(*time) : "-";
}

void dump_listener(std::ostream& out, const std::optional<Listener>& listener) {
  if (!listener) return;
  out << "|by " << listener->process << '|' << listener->pid << '|' << listener->address << '|'
      << to_string(listener->protocol) << '|' << listener->port.value() << '|'
      << listener->executable << '|' << listener->user << '|' << listener->unit << '|'
      << text(listener->started) << '|' << text(listener->since);
}

void dump_kernel_rows(std::ostream& out, const Registry& registry) {
  for (const auto& [id, each] : registry.identities().sorted()) {
    out << "identity " << id << '|' << each.service_id << '|' << each.boot_id << '|' << each.pid
        << '|' << each.start_ticks << '|' << each.inode << '|' << each.executable << '|'
        << each.named_itself << '|' << to_rfc3339(each.learned_at) << '\n';
  }
  for (const auto& [key, at] : registry.releases().sorted()) {
    out << "released " << key << '|' << to_rfc3339(at) << '\n';
  }
}

void dump_rows(std::ostream& out, const Registry& registry) {
  for (const auto& [id, each] : registry.services().sorted()) {
    out << "service " << id << '|' << each.name << '|' << each.host.value_or("-") << '|'
        << each.health_endpoint << '|' << each.process << '|' << each.category << '|'
        << to_rfc3339(each.registered_at) << '\n';
    if (const auto* health = registry.health(id)) {
      out << "health " << id << '|' << to_string(health->status) << '|' << health->detail << '|'
          << to_rfc3339(health->last_checked) << '\n';
    }
  }
  for (const auto& [id, each] : registry.assignments().sorted()) {
    out << "assignment " << id << '|' << each.key << '|' << each.contested << '|' << each.sequence
        << '|' << to_rfc3339(each.assigned_at) << "|holders";
    for (const auto& holder : registry.holders(each.key)) out << ' ' << holder;
    out << '\n';
  }
  for (const auto& [key, each] : registry.reservations().sorted()) {
    out << "reservation " << key << '|' << each.reason << '|' << text(each.expires_at) << '|'
        << each.sequence << '|' << each.hold << '|' << each.service_id << '\n';
  }
  for (const auto& [id, ports] : registry.all_held_ports().sorted()) {
    out << "held " << id;
    for (const auto port : ports) out << ' ' << port.value();
    out << '\n';
  }
}

}  // namespace

Timestamp at_second(int seconds) {
  return *from_rfc3339("2026-11-22T20:00:00.123Z") + std::chrono::seconds(seconds);
}

ChangeContext context_of(const std::string& actor, int seconds) {
  return {actor, "because", "req-" + std::to_string(seconds), at_second(seconds)};
}

std::shared_ptr<const SuiteConfig> suite_config() {
  auto config = std::make_shared<SuiteConfig>();
  config->categories.push_back({"core", Port::clamped(8000), Port::clamped(8009)});
  config->categories.push_back({"data", Port::clamped(8010), Port::clamped(8019)});
  return config;
}

PortKey tcp(int port) {
  return {std::string(local_host), Protocol::tcp, Port::clamped(port)};
}

Service service(const std::string& service_id) {
  Service made;
  made.service_id = service_id;
  made.name = "The " + service_id;
  made.process = service_id + "d";
  made.category = "core";
  made.registered_at = at_second(0);
  return made;
}

std::vector<Change> placed(const std::string& service_id, int port, std::int64_t sequence,
                           bool contested) {
  return {PutService{service(service_id)},
          PutAssignment{{service_id, tcp(port), contested, sequence, at_second(1)}}};
}

AppendHistory given_up(const std::string& service_id, int port) {
  HistoryEvent event;
  event.service_id = service_id;
  event.host = local_host;
  event.action = HistoryAction::release;
  event.old_port = Port::clamped(port);
  return {event};
}

Listener nginx_on(int port) {
  Listener listener;
  listener.pid = 4711;
  listener.process = "nginx";
  listener.address = "0.0.0.0";
  listener.port = Port::clamped(port);
  listener.executable = "/usr/sbin/nginx";
  listener.user = "www-data";
  listener.unit = "nginx.service";
  listener.started = at_second(-60);
  listener.since = at_second(-30);
  return listener;
}

Conflict squatted(std::int64_t conflict_id, const std::string& service_id, int port) {
  Conflict conflict;
  conflict.conflict_id = conflict_id;
  conflict.type = ConflictType::system_conflict;
  conflict.key = tcp(port);
  conflict.services = {service_id};
  conflict.detail = "nginx listens there";
  conflict.listener = nginx_on(port);
  conflict.detected_at = at_second(1);
  return conflict;
}

LearnedIdentity identity_of(const std::string& service_id) {
  LearnedIdentity identity;
  identity.service_id = service_id;
  identity.boot_id = "00000000-0000-4000-8000-000000000001";
  identity.pid = 77;
  identity.start_ticks = 123456;
  identity.inode = 4294967295;
  identity.executable = "/opt/" + service_id;
  identity.named_itself = true;
  identity.learned_at = at_second(3);
  return identity;
}

Store::Rule rule_of(std::vector<Change> changes, const std::string& action) {
  return [changes = std::move(changes), action](Draft& draft) -> Expected<void> {
    draft.set_action(action);
    for (const auto& change : changes) draft.apply(change);
    return {};
  };
}

std::unique_ptr<SqliteStore> open_store(const std::filesystem::path& file,
                                        SqliteStore::Options options) {
  auto store = SqliteStore::open(file, suite_config(), std::move(options));
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

Connection migrated(const std::filesystem::path& file) {
  Connection connection(file, Connection::Access::read_write_create, std::chrono::seconds(5));
  connection.database().exec(statement_text("connection"));
  migrate(connection);
  return connection;
}

Ledger::Options ledger_options() {
  return {{"hub", "ninja"}, [] { return at_second(99); }};
}

void run_sql(const std::filesystem::path& file, const std::string& sql) {
  SQLite::Database(file.string(), SQLite::OPEN_READWRITE, 5000).exec(sql);
}

std::string ask_sql(const std::filesystem::path& file, const std::string& sql) {
  const SQLite::Database database(file.string(), SQLite::OPEN_READONLY, 5000);
  SQLite::Statement question(database, sql);
  return question.executeStep() ? question.getColumn(0).getString() : "";
}

std::string refusal_of(const std::filesystem::path& file, const std::string& sql) {
  try {
    run_sql(file, sql);
    return "";
  } catch (const SQLite::Exception& refused) {
    return refused.what();
  }
}

std::string dump(const Registry& registry) {
  std::ostringstream out;
  out << "revision " << registry.revision() << '\n';
  dump_rows(out, registry);
  dump_kernel_rows(out, registry);
  for (const auto& [id, each] : registry.open_moves()) {
    out << "move " << id << '|' << each.service_id << '|' << each.from << '|' << each.to.value()
        << '|' << to_string(each.state) << '|' << to_string(each.phase) << '|' << each.force << '|'
        << each.batch_id << '|' << each.outcome << '|' << each.context << '|'
        << text(each.finished_at) << '\n';
  }
  for (const auto& [id, each] : registry.open_conflicts().sorted()) {
    out << "conflict " << id << '|' << to_string(each.type) << '|' << each.key << '|' << each.detail
        << '|' << to_rfc3339(each.detected_at) << '|' << text(each.resolved_at) << '|'
        << each.resolution;
    dump_listener(out, each.listener);
    for (const auto& service_id : each.services) out << ' ' << service_id;
    out << '\n';
  }
  out << "members " << registry.unknown_members() << "\nnext " << registry.next_sequence() << ' '
      << registry.next_move_id() << ' ' << registry.next_conflict_id() << ' '
      << registry.ports_reassigned() << '\n';
  return out.str();
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace pm::test
