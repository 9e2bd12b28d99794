#include "domain/domain_support.h"

#include <algorithm>
#include <sstream>

#include "domain/detect_conflicts.h"

namespace pm::test {
namespace {

std::string text_of(const PortKey& key) {
  return key.host + ' ' + to_string(key.protocol) + ' ' + to_string(key.port);
}

std::string text_of(std::optional<Timestamp> time) {
  return time ? std::to_string(time->time_since_epoch().count()) : "-";
}

std::string text_of(const Conflict& conflict) {
  std::string text = std::string(to_string(conflict.type)) + ' ' + text_of(conflict.key);
  for (const auto& service_id : conflict.services) text += ' ' + service_id;
  return text + ": " + conflict.detail;
}

}  // namespace

PortKey tcp(int value) {
  return {std::string(local_host), Protocol::tcp, port(value)};
}

PortKey udp(int value) {
  return {std::string(local_host), Protocol::udp, port(value)};
}

PortKey tcp_on(const std::string& host, int value) {
  return {host, Protocol::tcp, port(value)};
}

Service service(const std::string& service_id) {
  Service made;
  made.service_id = service_id;
  made.name = service_id;
  return made;
}

Timestamp at_second(int seconds) {
  return Timestamp(std::chrono::seconds(1795377600 + seconds));
}

SuiteConfig suite_config() {
  SuiteConfig config;
  config.range = {"suite", port(8000), port(8099)};
  config.categories = {{"web", port(8000), port(8049)}, {"data", port(8050), port(8059)}};
  return config;
}

Registry registry_of(SuiteConfig config) {
  return Registry(std::make_shared<const SuiteConfig>(std::move(config)));
}

std::string dump(const Registry& registry) {
  std::ostringstream out;
  out << "revision " << registry.revision() << " ids " << registry.next_sequence() << ' '
      << registry.next_move_id() << ' ' << registry.next_conflict_id() << " reassigned "
      << registry.ports_reassigned() << " members " << registry.unknown_members() << '\n';
  for (const auto& [id, each] : registry.services().sorted()) {
    out << "service " << id << ' ' << each.name << ' ' << each.host.value_or("-") << ' '
        << each.health_endpoint << ' ' << each.process << ' ' << each.category << ' '
        << text_of(each.registered_at) << '\n';
    if (const auto* health = registry.health(id)) {
      out << "health " << id << ' ' << to_string(health->status) << ' ' << health->detail << ' '
          << text_of(health->last_checked) << '\n';
    }
  }
  for (const auto& [id, each] : registry.assignments().sorted()) {
    out << "assignment " << id << ' ' << text_of(each.key) << ' ' << each.contested << ' '
        << each.sequence << ' ' << text_of(each.assigned_at) << " of";
    for (const auto& holder : registry.holders(each.key)) out << ' ' << holder;
    out << '\n';
  }
  for (const auto& [key, each] : registry.reservations().sorted()) {
    out << "reservation " << text_of(key) << ' ' << each.reason << ' ' << text_of(each.expires_at)
        << ' ' << each.sequence << ' ' << each.hold << ' ' << each.service_id << '\n';
  }
  out << "held reservations " << registry.held_reservations() << '\n';
  for (const auto& [key, released] : registry.releases().sorted()) {
    out << "released " << text_of(key) << ' ' << text_of(released) << '\n';
  }
  for (const auto& [id, each] : registry.identities().sorted()) {
    out << "identity " << id << ' ' << each.service_id << ' ' << each.boot_id << ' ' << each.pid
        << ' ' << each.start_ticks << ' ' << each.inode << ' ' << each.executable << ' '
        << each.named_itself << ' ' << text_of(each.learned_at) << '\n';
  }
  for (const auto& [id, ports] : registry.all_held_ports().sorted()) {
    out << "held " << id;
    for (const auto each : ports) out << ' ' << to_string(each);
    out << '\n';
  }
  for (const auto& [id, each] : registry.open_moves()) {
    out << "move " << id << ' ' << each.service_id << ' ' << text_of(each.from) << ' '
        << to_string(each.to) << ' ' << to_string(each.state) << ' ' << to_string(each.phase) << ' '
        << each.force << ' ' << each.batch_id << ' ' << each.outcome << '\n';
  }
  for (const auto& [id, each] : registry.open_conflicts().sorted()) {
    out << "conflict " << id << ' ' << text_of(each) << ' ' << text_of(each.detected_at) << ' '
        << (each.listener ? describe(*each.listener) : "-") << '\n';
  }
  return out.str();
}

std::vector<std::string> plain(const std::vector<Conflict>& conflicts) {
  std::vector<std::string> texts;
  for (const auto& conflict : conflicts) texts.push_back(text_of(conflict));
  std::sort(texts.begin(), texts.end());
  return texts;
}

std::vector<Conflict> open_registry_conflicts(const Registry& registry) {
  std::vector<Conflict> open;
  for (const auto& [id, conflict] : registry.open_conflicts().sorted()) {
    if (is_registry_conflict(conflict.type)) open.push_back(conflict);
  }
  return open;
}

testing::AssertionResult is_refusal(const Error* error, ErrorCode code, const std::string& field,
                                    const std::vector<std::string>& named) {
  if (error == nullptr) return testing::AssertionFailure() << "it was not refused";
  if (error->code != code) {
    return testing::AssertionFailure() << "refused with " << to_string(error->code) << ", not "
                                       << to_string(code) << ": " << error->message;
  }
  if (error->field != field) {
    return testing::AssertionFailure()
           << "the field is \"" << error->field << "\", not \"" << field << '"';
  }
  for (const auto& name : named) {
    if (error->message.find(name) == std::string::npos) {
      return testing::AssertionFailure() << "no \"" << name << "\" in: " << error->message;
    }
  }
  return testing::AssertionSuccess();
}

ChangeContext Suite::context() const {
  return {"tester", "because", "request-" + std::to_string(registry_.revision()),
          at_second(static_cast<int>(registry_.revision()))};
}

void Suite::keep(Draft draft) {
  last_ = draft.changes();
  const auto revision = registry_.revision();
  registry_ = std::move(draft).take_registry();
  registry_.set_revision(revision + 1);
}

Expected<Assignment> Suite::assign(const std::string& service_id, const PortKey& key, bool force) {
  return commit([&](Draft& draft) { return pm::assign(draft, {service_id, key, force}); });
}

Expected<Assignment> Suite::release(const std::string& service_id) {
  return commit([&](Draft& draft) { return pm::release(draft, service_id); });
}

Expected<void> Suite::remove_service(const std::string& service_id) {
  return commit([&](Draft& draft) { return pm::remove_service(draft, service_id); });
}

Expected<void> Suite::register_service(const Service& service) {
  return commit([&](Draft& draft) { return pm::register_service(draft, service); });
}

void Suite::place_self(int value) {
  const auto placed = commit([&](Draft& draft) {
    draft.apply(PutService{service(self)});
    detail::put_assignment(draft, self, tcp(value));
    return Expected<void>();
  });
  EXPECT_TRUE(placed);
}

Expected<void> Suite::reserve(int lo, int hi, const std::string& reason,
                              std::optional<Timestamp> expires_at) {
  return commit([&](Draft& draft) {
    return pm::reserve(
        draft, {.lo = port(lo), .hi = port(hi), .reason = reason, .expires_at = expires_at});
  });
}

Expected<void> Suite::unreserve(const PortKey& key) {
  return commit([&](Draft& draft) { return pm::unreserve(draft, key); });
}

Expected<Move> Suite::begin_move(const std::string& service_id, int to, bool force) {
  return commit([&](Draft& draft) { return pm::begin_move(draft, service_id, port(to), force); });
}

Expected<Move> Suite::begin_planned_move(std::int64_t move_id) {
  return commit([&](Draft& draft) { return pm::begin_planned_move(draft, move_id); });
}

Expected<Move> Suite::accept_move(std::int64_t move_id) {
  return commit([&](Draft& draft) { return pm::accept_move(draft, move_id); });
}

Expected<Move> Suite::commit_move(std::int64_t move_id) {
  return commit([&](Draft& draft) { return pm::commit_move(draft, move_id, "moved"); });
}

Expected<Move> Suite::roll_back_move(std::int64_t move_id) {
  return commit([&](Draft& draft) { return pm::roll_back_move(draft, move_id, "refused"); });
}

}  // namespace pm::test
