#include "domain/assignment_rules.h"

#include <algorithm>

namespace pm {
namespace {

/// describe() at the start of a sentence.
std::string describe_first(const PortKey& key) {
  return "P" + describe(key).substr(1);
}

bool is_kept_for(const Reservation& reservation, const std::string& service_id) {
  if (!reservation.hold || service_id.empty()) return false;
  return reservation.service_id.empty() || reservation.service_id == service_id;
}

std::string reason_of(const Reservation& reservation) {
  std::string text = reservation.service_id.empty() ? "" : " for " + reservation.service_id;
  if (!reservation.reason.empty()) text += " (" + reservation.reason + ")";
  return text;
}

/// A held port is bound by this program for one caller: another must not believe it has it too.
Expected<void> check_reservable(const Registry& registry, const PortKey& key,
                                const ReserveRequest& request) {
  const auto* present = registry.reservation(key);
  const bool is_renewal = present && present->hold && request.hold && !request.service_id.empty() &&
                          present->service_id == request.service_id;
  if (is_renewal) return {};
  if (present && (present->hold || request.hold)) {
    return fail(ErrorCode::port_reserved,
                describe_first(key) + " is reserved already" + reason_of(*present) +
                    ". DELETE /api/ports/reserve/" + to_string(key.port) +
                    " frees it; GET /api/ports/available names another.",
                "port");
  }
  if (!request.hold) return {};
  const auto holders = registry.holders(key);
  if (!holders.empty()) {
    return fail(
        ErrorCode::port_taken,
        describe_first(key) + " is assigned to " + holders.front() +
            ", so it cannot be held for another. GET /api/ports/available names a free one.",
        "port");
  }
  const auto* move = registry.move_to(key);
  if (move) return tl::unexpected(detail::move_in_progress(*move));
  return {};
}

/// Registers the service that has or gets the port, unless it is.
void register_holder(Draft& draft, const std::string& service_id, const PortKey& key) {
  if (draft.registry().service(service_id)) return;
  Service service;
  service.service_id = service_id;
  service.name = service_id;
  service.category = draft.registry().config().category_of(key.port);
  if (!is_local(key)) service.host = key.host;
  service.registered_at = draft.context().at;
  draft.apply(PutService{std::move(service)});
}

}  // namespace

namespace detail {

Error unknown_service(const std::string& service_id) {
  return {ErrorCode::unknown_service,
          "No service " + service_id +
              " is registered. GET /api/services lists those that are; POST /api/ports/assign or "
              "/api/services/register adds one.",
          "service_id"};
}

Error move_in_progress(const Move& move) {
  return {ErrorCode::move_in_progress,
          "A move of " + move.service_id + " from " + describe(move.from) + " to port " +
              to_string(move.to) + " is under way and holds both ports. Try again when it is done.",
          {}};
}

Error self_protected(const std::string& service_id) {
  return {ErrorCode::forbidden,
          service_id +
              " is the Port Manager itself; its port is set with --port at its start, not through "
              "the API.",
          "service_id"};
}

Assignment put_assignment(Draft& draft, const std::string& service_id, const PortKey& key) {
  if (const auto* kept = draft.registry().reservation(key);
      kept && is_kept_for(*kept, service_id)) {
    draft.apply(RemoveReservation{key});
  }
  const auto holders = draft.registry().holders(key);
  Assignment assignment;
  assignment.service_id = service_id;
  assignment.key = key;
  assignment.contested = std::any_of(holders.begin(), holders.end(),
                                     [&](const std::string& id) { return id != service_id; });
  assignment.sequence = draft.registry().next_sequence();
  assignment.assigned_at = draft.context().at;
  draft.apply(PutAssignment{assignment});
  return assignment;
}

void remove_assignment(Draft& draft, const std::string& service_id) {
  const auto* found = draft.registry().assignment(service_id);
  if (!found) return;
  const auto key = found->key;
  draft.apply(RemoveAssignment{service_id});
  const auto holders = draft.registry().holders(key);
  if (holders.empty()) return;
  auto heir = *draft.registry().assignment(holders.front());
  if (!heir.contested) return;
  heir.contested = false;
  draft.apply(PutAssignment{heir});
}

void forget_health(Draft& draft, const std::string& service_id, Port port) {
  const auto* known = draft.registry().health(service_id);
  if (!known || known->status == HealthStatus::unknown) return;
  draft.apply(PutHealth{service_id, port,
                        Health{HealthStatus::unknown, "it has no port", draft.context().at}});
}

void append_held(Draft& draft, const std::string& service_id, std::optional<Port> old_port,
                 Port new_port) {
  auto ports = draft.registry().held_ports(service_id);
  if (old_port && (ports.empty() || ports.back() != *old_port)) ports.push_back(*old_port);
  if (ports.empty() || ports.back() != new_port) ports.push_back(new_port);
  draft.apply(PutHeldPorts{service_id, std::move(ports)});
}

void append_history(Draft& draft, const std::string& service_id, const PortKey& key,
                    HistoryAction action, std::optional<Port> old_port,
                    std::optional<Port> new_port) {
  HistoryEvent event;
  event.service_id = service_id;
  event.host = key.host;
  event.protocol = key.protocol;
  event.action = action;
  event.old_port = old_port;
  event.new_port = new_port;
  draft.apply(AppendHistory{std::move(event)});
}

}  // namespace detail

bool is_self(const Registry& registry, const std::string& service_id) {
  return service_id == registry.config().self_id;
}

Expected<void> check_target(const Registry& registry, const PortKey& key,
                            const std::string& service_id, bool force) {
  for (const auto& [id, move] : registry.open_moves()) {
    if (move.service_id == service_id) continue;
    if (move.target() == key || move.from == key) {
      return tl::unexpected(detail::move_in_progress(move));
    }
  }
  const auto holders = registry.holders(key);
  for (const auto& holder : holders) {
    if (holder == service_id) continue;
    if (is_self(registry, holder)) {
      return fail(force ? ErrorCode::forbidden : ErrorCode::port_taken,
                  describe_first(key) + " is assigned to " + holder +
                      ", the Port Manager itself, and is given to nobody else. GET "
                      "/api/ports/available names a free one.",
                  "port");
    }
    if (force) continue;
    return fail(ErrorCode::port_taken,
                describe_first(key) + " is assigned to " + holder +
                    ". GET /api/ports/available names a free one; \"force\": true takes it all the "
                    "same and leaves a conflict.",
                "port");
  }
  if (force) return {};
  return check_permitted(registry, key, service_id);
}

Expected<void> check_permitted(const Registry& registry, const PortKey& key,
                               const std::string& service_id) {
  if (!registry.config().range.contains(key.port)) {
    return fail(ErrorCode::out_of_bounds,
                describe_first(key) + " is outside the suite's range " +
                    registry.config().range.text() +
                    ". Choose a port inside it, or repeat with \"force\": true.",
                "port");
  }
  const auto* reservation = registry.reservation(key);
  if (reservation && !is_kept_for(*reservation, service_id)) {
    return fail(ErrorCode::port_reserved,
                describe_first(key) + " is reserved" + reason_of(*reservation) +
                    ". DELETE /api/ports/reserve/" + to_string(key.port) +
                    " frees it; GET /api/ports/available names another.",
                "port");
  }
  return {};
}

Expected<Assignment> assign(Draft& draft, const AssignRequest& request) {
  const auto& registry = draft.registry();
  draft.set_action("assign");
  if (const auto* move = registry.move_of(request.service_id)) {
    return tl::unexpected(detail::move_in_progress(*move));
  }
  const auto* present = registry.assignment(request.service_id);
  if (present && present->key == request.key) return *present;
  if (is_self(registry, request.service_id)) {
    return tl::unexpected(detail::self_protected(request.service_id));
  }
  if (present) {
    return fail(ErrorCode::already_assigned,
                request.service_id + " already has " + describe(present->key) +
                    ". POST /api/ports/reassign moves it to another.",
                "service_id");
  }
  if (auto checked = check_target(registry, request.key, request.service_id, request.force);
      !checked) {
    return tl::unexpected(checked.error());
  }

  register_holder(draft, request.service_id, request.key);
  const auto assignment = detail::put_assignment(draft, request.service_id, request.key);
  detail::append_held(draft, request.service_id, std::nullopt, request.key.port);
  detail::append_history(draft, request.service_id, request.key, HistoryAction::assign,
                         std::nullopt, request.key.port);
  draft.apply(AnnouncePortChange{request.service_id, std::nullopt, request.key.port});
  return assignment;
}

Expected<Assignment> release(Draft& draft, const std::string& service_id) {
  const auto& registry = draft.registry();
  draft.set_action("release");
  if (!registry.service(service_id)) return tl::unexpected(detail::unknown_service(service_id));
  if (is_self(registry, service_id)) return tl::unexpected(detail::self_protected(service_id));
  if (const auto* move = registry.move_of(service_id)) {
    return tl::unexpected(detail::move_in_progress(*move));
  }
  const auto* present = registry.assignment(service_id);
  if (!present) {
    return fail(ErrorCode::unknown_port,
                service_id +
                    " has no port, so there is none to release. POST /api/ports/assign "
                    "gives it one.",
                "service_id");
  }
  const auto released = *present;
  // An imported port may not be in the list yet.
  detail::append_held(draft, service_id, std::nullopt, released.key.port);
  detail::remove_assignment(draft, service_id);
  detail::append_history(draft, service_id, released.key, HistoryAction::release, released.key.port,
                         std::nullopt);
  draft.apply(AnnouncePortChange{service_id, released.key.port, std::nullopt});
  detail::forget_health(draft, service_id, released.key.port);
  return released;
}

Expected<void> register_service(Draft& draft, Service service) {
  draft.set_action("register");
  const auto* known = draft.registry().service(service.service_id);
  if (known && *known == service) return {};
  const auto* present = draft.registry().assignment(service.service_id);
  const auto host = normalize_host(service.host.value_or(""));
  const bool is_elsewhere = service.host && present && host != present->key.host;
  const bool has_changed = !known || known->host != service.host;
  if (is_elsewhere && has_changed) {
    return fail(ErrorCode::already_assigned,
                service.service_id + " has " + describe(present->key) + " and cannot take it to " +
                    host + ". POST /api/ports/release first, then register it there.",
                "host");
  }
  draft.apply(PutService{std::move(service)});
  return {};
}

Expected<void> enter_self(Draft& draft, const PortKey& key) {
  draft.set_action("assign");
  const auto self_id = draft.registry().config().self_id;
  const auto* present = draft.registry().assignment(self_id);
  if (present && present->key == key) return {};
  const auto old_port = present ? std::optional(present->key.port) : std::nullopt;
  if (auto checked = check_target(draft.registry(), key, self_id, false); !checked) return checked;
  if (!draft.registry().service(self_id)) {
    Service self;
    self.service_id = self.name = self_id;
    self.category = draft.registry().config().category_of(key.port);
    self.registered_at = draft.context().at;
    draft.apply(PutService{std::move(self)});
  }
  detail::remove_assignment(draft, self_id);
  detail::put_assignment(draft, self_id, key);
  detail::append_held(draft, self_id, old_port, key.port);
  detail::append_history(draft, self_id, key,
                         old_port ? HistoryAction::reassign : HistoryAction::assign, old_port,
                         key.port);
  draft.apply(AnnouncePortChange{self_id, old_port, key.port});
  return {};
}

Expected<void> remove_service(Draft& draft, const std::string& service_id) {
  if (draft.registry().assignment(service_id)) {
    if (auto released = release(draft, service_id); !released) {
      return tl::unexpected(released.error());
    }
  }
  draft.set_action("unregister");
  if (!draft.registry().service(service_id)) {
    return tl::unexpected(detail::unknown_service(service_id));
  }
  if (is_self(draft.registry(), service_id)) {
    return tl::unexpected(detail::self_protected(service_id));
  }
  draft.apply(RemoveService{service_id});
  return {};
}

Expected<void> reserve(Draft& draft, const ReserveRequest& request) {
  draft.set_action("reserve");
  for (int value = request.lo.value(); value <= request.hi.value(); ++value) {
    const PortKey key{request.host, request.protocol, Port::clamped(value)};
    if (auto checked = check_reservable(draft.registry(), key, request); !checked) return checked;
    const auto* present = draft.registry().reservation(key);
    const auto sequence = present ? present->sequence : draft.registry().next_sequence();
    const Reservation wanted{key,      request.reason, request.expires_at,
                             sequence, request.hold,   request.service_id};
    if (present && *present == wanted) continue;
    draft.apply(PutReservation{wanted});
  }
  return {};
}

Expected<void> unreserve(Draft& draft, const PortKey& key) {
  draft.set_action("unreserve");
  if (!draft.registry().reservation(key)) {
    return fail(
        ErrorCode::unknown_port,
        describe_first(key) + " is not reserved. GET /api/ports/reserved lists those that are.",
        "port");
  }
  draft.apply(RemoveReservation{key});
  return {};
}

void expire_reservations(Draft& draft, Timestamp now) {
  draft.set_action("expire");
  std::vector<PortKey> expired;
  draft.registry().reservations().for_each([&](const PortKey& key, const Reservation& reservation) {
    if (reservation.expires_at && *reservation.expires_at <= now) expired.push_back(key);
  });
  std::sort(expired.begin(), expired.end());
  for (const auto& key : expired) draft.apply(RemoveReservation{key});
}

void announce_port_changes(Draft& draft, const Registry& before) {
  const auto had = before.assignments().sorted();
  const auto has = draft.registry().assignments().sorted();
  for (const auto& [service_id, assignment] : has) {
    const auto old = had.find(service_id);
    const auto old_port = old == had.end() ? std::nullopt : std::optional(old->second.key.port);
    if (old_port == assignment.key.port) continue;
    draft.apply(AnnouncePortChange{service_id, old_port, assignment.key.port});
  }
  for (const auto& [service_id, assignment] : had) {
    if (has.contains(service_id)) continue;
    draft.apply(AnnouncePortChange{service_id, assignment.key.port, std::nullopt});
  }
}

void recheck(Draft& draft) {
  draft.set_action("recheck");
  std::vector<Assignment> heirs;
  for (const auto& [service_id, assignment] : draft.registry().assignments().sorted()) {
    register_holder(draft, service_id, assignment.key);
    draft.touch(assignment.key);
    auto mended = assignment;
    mended.contested = draft.registry().holders(assignment.key).front() != service_id;
    if (mended.contested == assignment.contested) continue;
    if (mended.contested) {
      draft.apply(PutAssignment{mended});
    } else {
      heirs.push_back(mended);
    }
  }
  // Last: at no moment may a port have two holders that are not contested.
  for (const auto& heir : heirs) draft.apply(PutAssignment{heir});
  draft.registry().open_conflicts().for_each(
      [&](std::int64_t, const Conflict& conflict) { draft.touch(conflict.key); });
}

}  // namespace pm
