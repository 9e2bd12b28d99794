#include "domain/config_rules.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "domain/assignment_rules.h"

namespace pm {
namespace {

/// The key that the file means for a service: where the file does not say the host and protocol,
/// they stay what they were.
PortKey key_for(const Registry& registry, const PortConfig& config, const std::string& service_id,
                Port port) {
  const auto said = config.assignment_places.find(service_id);
  if (said != config.assignment_places.end()) {
    return {normalize_host(said->second.host), said->second.protocol, port};
  }
  const auto* present = registry.assignment(service_id);
  if (present) return {present->key.host, present->key.protocol, port};
  const auto* service = registry.service(service_id);
  return {normalize_host(service && service->host ? *service->host : ""), Protocol::tcp, port};
}

Expected<void> check_self(const Registry& registry, const PortConfig& config) {
  const auto& self = registry.config().self_id;
  const auto* present = registry.assignment(self);
  if (!present) return {};
  const auto it = std::find_if(config.port_assignments.begin(), config.port_assignments.end(),
                               [&](const auto& each) { return each.first == self; });
  if (it != config.port_assignments.end() && it->second == present->key.port) return {};
  return fail(ErrorCode::forbidden,
              "The file must leave " + self + ", the Port Manager itself, on port " +
                  to_string(present->key.port) + "; correct its entry in port_assignments.",
              "port_assignments." + self);
}

void replace_assignments(Draft& draft, const PortConfig& config, HistoryAction action) {
  const auto& registry = draft.registry();
  std::vector<std::pair<std::string, PortKey>> wanted;
  std::set<std::string> kept;
  for (const auto& [service_id, port] : config.port_assignments) {
    wanted.emplace_back(service_id, key_for(registry, config, service_id, port));
    kept.insert(service_id);
  }
  // First everything that goes, then everything that comes: in between no port has two holders
  // that it does not have at the end.
  const auto before = registry.assignments().sorted();
  for (const auto& [service_id, assignment] : before) {
    if (kept.contains(service_id)) continue;
    detail::remove_assignment(draft, service_id);
    detail::append_history(draft, service_id, assignment.key, action, assignment.key.port,
                           std::nullopt);
    draft.apply(AnnouncePortChange{service_id, assignment.key.port, std::nullopt});
    detail::forget_health(draft, service_id, assignment.key.port);
  }
  for (const auto& [service_id, key] : wanted) detail::remove_assignment(draft, service_id);
  for (const auto& [service_id, key] : wanted) {
    if (!registry.service(service_id)) {
      Service service;
      service.service_id = service_id;
      service.name = service_id;
      service.category = registry.config().category_of(key.port);
      service.registered_at = draft.context().at;
      draft.apply(PutService{std::move(service)});
    }
    auto assignment = detail::put_assignment(draft, service_id, key);
    const auto old = before.find(service_id);
    const auto old_port =
        old == before.end() ? std::nullopt : std::optional<Port>(old->second.key.port);
    if (old_port && old->second.key == key) {
      assignment.assigned_at = old->second.assigned_at;
      draft.apply(PutAssignment{std::move(assignment)});
      continue;
    }
    detail::append_history(draft, service_id, key, action, old_port, key.port);
    if (old_port != key.port) draft.apply(AnnouncePortChange{service_id, old_port, key.port});
  }
}

/// What the file says of a port besides that it is reserved, where it says something.
void describe(Reservation& reservation, const PortConfig& config) {
  const auto said = config.reservation_details.find(reservation.key.port);
  if (said == config.reservation_details.end()) return;
  reservation.reason = said->second.reason;
  reservation.service_id = said->second.service_id;
  reservation.hold = said->second.hold;
}

void replace_reservations(Draft& draft, const PortConfig& config) {
  const auto present = permanent_reservations(draft.registry());
  const auto is_as_in_file = [&](const Reservation& reservation, Port port) {
    auto described = reservation;
    describe(described, config);
    return reservation.key.port == port && described == reservation;
  };
  const bool same = std::equal(present.begin(), present.end(), config.reserved_ports.begin(),
                               config.reserved_ports.end(), is_as_in_file);
  if (same) return;
  const auto before = draft.registry().reservations();
  for (const auto& reservation : present) draft.apply(RemoveReservation{reservation.key});
  for (const auto port : config.reserved_ports) {
    const PortKey key{std::string(local_host), Protocol::tcp, port};
    // What the file does not say of a port that stays reserved stays as it was: why, and for whom.
    Reservation kept;
    if (const auto* known = before.find(key)) kept = *known;
    kept.key = key;
    describe(kept, config);
    kept.expires_at = std::nullopt;
    kept.sequence = draft.registry().next_sequence();
    draft.apply(PutReservation{std::move(kept)});
  }
}

void replace_held_ports(Draft& draft, const PortConfig& config) {
  std::map<std::string, std::vector<Port>> wanted(config.port_history.begin(),
                                                  config.port_history.end());
  for (const auto& [service_id, ports] : draft.registry().all_held_ports().sorted()) {
    if (!wanted.contains(service_id)) draft.apply(PutHeldPorts{service_id, {}});
  }
  for (const auto& [service_id, ports] : wanted) {
    if (draft.registry().held_ports(service_id) != ports) {
      draft.apply(PutHeldPorts{service_id, ports});
    }
  }
}

}  // namespace

std::vector<Reservation> permanent_reservations(const Registry& registry) {
  std::vector<Reservation> all;
  registry.reservations().for_each([&](const PortKey& key, const Reservation& reservation) {
    const bool permanent = !reservation.expires_at && is_local(key);
    if (permanent && key.protocol == Protocol::tcp) all.push_back(reservation);
  });
  std::sort(all.begin(), all.end(), [](const Reservation& left, const Reservation& right) {
    return std::tie(left.sequence, left.key.port) < std::tie(right.sequence, right.key.port);
  });
  return all;
}

Expected<void> replace_config(Draft& draft, const PortConfig& config, HistoryAction action) {
  draft.set_action(to_string(action));
  const auto& registry = draft.registry();
  if (!registry.open_moves().empty()) {
    return tl::unexpected(detail::move_in_progress(registry.open_moves().begin()->second));
  }
  if (auto checked = check_self(registry, config); !checked) return checked;
  replace_assignments(draft, config, action);
  replace_reservations(draft, config);
  replace_held_ports(draft, config);
  if (registry.unknown_members() != config.unknown_members) {
    draft.apply(PutUnknownMembers{config.unknown_members});
  }
  return {};
}

}  // namespace pm
