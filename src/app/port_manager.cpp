#include "app/port_manager.h"

#include "domain/assignment_rules.h"
#include "domain/service_id.h"

namespace pm {
namespace {

/// The port cannot be had; another one might.
bool is_about_the_port(const Error& error) {
  return error.code == ErrorCode::port_taken || error.code == ErrorCode::port_reserved ||
         error.code == ErrorCode::port_in_use || error.code == ErrorCode::out_of_bounds;
}

/// What a failed check found: a clause.
std::string in_use(const BindCheck& check) {
  if (check.listener) return check.reason + ", by " + describe(*check.listener);
  if (!check.connection) return check.reason;
  const auto& connection = *check.connection;
  const auto owner = connection.pid == 0 ? std::string("a connection")
                                         : "a connection of " + connection.process + " (pid " +
                                               std::to_string(connection.pid) + ")";
  return check.reason + ", by " + owner + " from " + connection.local + " to " + connection.remote +
         " (" + connection.state + ")";
}

/// The service as it is known; one that is not known is registered now.
Service known_or_new(const Registry& registry, const std::string& service_id, Timestamp now) {
  if (const auto* known = registry.service(service_id)) return *known;
  Service service;
  service.service_id = service_id;
  service.registered_at = now;
  return service;
}

Expected<void> check_inside_suite(const Registry& registry, const PortRange& range) {
  const auto& suite = registry.config().range;
  if (suite.contains(range.lo) && suite.contains(range.hi)) return {};
  return fail(ErrorCode::out_of_bounds,
              "The range " + range.text() + " is not inside the suite's range " + suite.text() +
                  ". Name ports inside it.",
              "range");
}

}  // namespace

Service PortManager::Registration::applied_to(Service known) const {
  if (name) known.name = *name;
  if (known.name.empty()) known.name = known.service_id;
  if (host) known.host = *host;
  if (health_endpoint) known.health_endpoint = *health_endpoint;
  if (process) known.process = *process;
  if (category) known.category = *category;
  return known;
}

Expected<PortManager::Assigned> PortManager::assign(const ChangeContext& context,
                                                    const AssignCommand& command) {
  if (auto valid = check_service_id(command.service_id); !valid) {
    return tl::unexpected(valid.error());
  }
  const auto registry = store_.snapshot();
  const auto* present = registry->assignment(command.service_id);
  if (present && (!command.port || command.preference)) {
    if (const auto* move = registry->move_of(command.service_id)) {
      return tl::unexpected(detail::move_in_progress(*move));
    }
    if (!command.registration) return Assigned{*present, false, registry->revision()};
    return assign_port(context, command, present->key);
  }
  const PortKey wanted{command.host, command.protocol,
                       command.port.value_or(Port::clamped(Port::lowest))};
  if (command.port) {
    auto assigned = assign_port(context, command, wanted);
    if (assigned || !command.preference || !is_about_the_port(assigned.error())) return assigned;
  }
  return assign_any(context, command);
}

Expected<PortManager::Assigned> PortManager::assign_port(const ChangeContext& context,
                                                         const AssignCommand& command,
                                                         const PortKey& key) {
  const AssignRequest request{command.service_id, key, command.force};
  const auto registry = store_.snapshot();
  const auto* present = registry->assignment(command.service_id);
  const bool has_it = present && present->key == request.key;
  if (!has_it && !command.force) {
    // The registry's refusal names the holder; it goes before the kernel's.
    auto checked = check_target(*registry, request.key, command.service_id, false);
    if (!checked) return tl::unexpected(checked.error());
    if (!command.running && !present) {
      auto bindable = check_kernel(request.key, command.service_id);
      if (!bindable) return tl::unexpected(bindable.error());
    }
  }
  Assigned result;
  auto committed = store_.commit(context, [&](Draft& draft) -> Expected<void> {
    if (command.registration) {
      // What another caller said meanwhile of other members stays.
      auto recorded =
          register_service(draft, command.registration->applied_to(known_or_new(
                                      draft.registry(), command.service_id, draft.context().at)));
      if (!recorded) return recorded;
    }
    auto assigned = pm::assign(draft, request);
    if (!assigned) return tl::unexpected(assigned.error());
    result.assignment = *assigned;
    result.changed = !draft.empty();
    return {};
  });
  if (!committed) return tl::unexpected(committed.error());
  hand_over();
  result.revision = committed->revision;
  return result;
}

Expected<PortManager::Assigned> PortManager::assign_any(const ChangeContext& context,
                                                        const AssignCommand& command) {
  const auto registry = store_.snapshot();
  auto ranges = command.registration && command.registration->category
                    ? PortFinder::ranges_of(*registry, *command.registration->category)
                    : PortFinder::ranges_for(*registry, command.service_id);
  if (command.range) {
    if (auto inside = check_inside_suite(*registry, *command.range); !inside) {
      return tl::unexpected(inside.error());
    }
    ranges = {*command.range};
  }
  if (command.preference && command.port && ranges.back().contains(*command.port)) {
    auto above = ranges.back();
    above.lo = *command.port;
    ranges.insert(ranges.begin(), above);
  }
  // Somebody who asks for a port by its number may take the chosen one in between; then the next
  // one is tried. It ends, because every round finds one port more that is taken.
  for (;;) {
    auto hold = finder_.take(command.host, command.protocol, ranges);
    if (!hold) return tl::unexpected(hold.error());
    auto chosen = command;
    chosen.running = true;
    chosen.force = false;
    auto assigned = assign_port(context, chosen, hold->key());
    const bool claimed = store_.snapshot()->move_to(hold->key()) != nullptr;
    if (assigned || !(claimed || is_about_the_port(assigned.error()))) return assigned;
  }
}

Expected<PortManager::Released> PortManager::release(const ChangeContext& context,
                                                     const std::string& service_id) {
  Released result;
  auto committed = store_.commit(context, [&](Draft& draft) -> Expected<void> {
    auto released = pm::release(draft, service_id);
    if (!released) return tl::unexpected(released.error());
    result.assignment = *released;
    return {};
  });
  if (!committed) return tl::unexpected(committed.error());
  result.revision = committed->revision;
  return result;
}

Expected<PortManager::Released> PortManager::release_port(const ChangeContext& context,
                                                          const std::string& service_id,
                                                          const PortKey& key) {
  Released result;
  auto committed = store_.commit(context, [&](Draft& draft) -> Expected<void> {
    const auto& registry = draft.registry();
    if (!registry.service(service_id)) return tl::unexpected(detail::unknown_service(service_id));
    const auto* present = registry.assignment(service_id);
    if (!present || present->key != key) {
      const auto holders = registry.holders(key);
      if (holders.empty()) {
        return fail(ErrorCode::unknown_port,
                    "Nobody has " + describe(key) + ", so there is nothing to release.", "port");
      }
      return fail(ErrorCode::port_taken,
                  "The holder of " + describe(key) + " is " + holders.front() + ", not " +
                      service_id + ". Only its holder can release it.",
                  "service_name");
    }
    auto released = pm::release(draft, service_id);
    if (!released) return tl::unexpected(released.error());
    result.assignment = *released;
    return {};
  });
  if (!committed) return tl::unexpected(committed.error());
  result.revision = committed->revision;
  return result;
}

Expected<PortManager::Reserved> PortManager::reserve(const ChangeContext& context,
                                                     const ReserveCommand& command) {
  if (!command.any_of) return reserve_span(context, command, command.lo, command.hi);
  if (auto inside = check_inside_suite(*store_.snapshot(), *command.any_of); !inside) {
    return tl::unexpected(inside.error());
  }
  // As in assign_any: somebody may take the chosen port in between, and then the next one is tried.
  PortBitmap refused;
  for (;;) {
    auto next = finder_.take(command.host, command.protocol, {*command.any_of}, refused);
    if (!next) return tl::unexpected(next.error());
    const auto port = next->port();
    auto reserved = reserve_span(context, command, port, port);
    if (reserved || !is_about_the_port(reserved.error())) return reserved;
    refused.set(port);
  }
}

Expected<PortManager::Reserved> PortManager::reserve_span(const ChangeContext& context,
                                                          const ReserveCommand& command, Port lo,
                                                          Port hi) {
  ReserveRequest request{command.host,   command.protocol, lo,           hi,
                         command.reason, std::nullopt,     command.hold, command.service_id};
  if (command.expires_in) request.expires_at = clock_.now() + *command.expires_in;
  std::optional<PortHolds::Pin> pin;
  if (command.hold) {
    // The registry's refusal names the holder; it goes before the kernel's.
    Draft trial(*store_.snapshot(), context);
    if (auto refused = pm::reserve(trial, request); !refused) {
      return tl::unexpected(refused.error());
    }
    auto bound = bind_span(request);
    if (!bound) return tl::unexpected(bound.error());
    pin.emplace(std::move(*bound));
  }
  const auto committed =
      store_.commit(context, [&](Draft& draft) { return pm::reserve(draft, request); });
  if (!committed) return tl::unexpected(committed.error());
  return Reserved{lo, hi, committed->revision};
}

Expected<PortHolds::Pin> PortManager::bind_span(const ReserveRequest& request) {
  if (request.hi.value() - request.lo.value() >= longest_hold) {
    return fail(
        ErrorCode::out_of_bounds,
        "At most " + std::to_string(longest_hold) +
            " ports can be held by one request. Name a shorter span, or leave \"hold\" out.",
        "end_port");
  }
  std::vector<PortKey> keys;
  for (int value = request.lo.value(); value <= request.hi.value(); ++value) {
    keys.push_back({request.host, request.protocol, Port::clamped(value)});
  }
  return holds_.pin(keys);
}

Expected<Committed> PortManager::unreserve(const ChangeContext& context, const PortKey& key) {
  auto committed = store_.commit(context, [&](Draft& draft) { return pm::unreserve(draft, key); });
  hand_over();
  return committed;
}

Expected<Committed> PortManager::expire_reservations(const ChangeContext& context) {
  const auto registry = store_.snapshot();
  const auto now = clock_.now();
  bool any = false;
  registry->reservations().for_each([&](const PortKey&, const Reservation& reservation) {
    any = any || (reservation.expires_at && *reservation.expires_at <= now);
  });
  if (!any) return Committed{registry->revision(), registry};
  auto committed = store_.commit(context, [&](Draft& draft) -> Expected<void> {
    pm::expire_reservations(draft, now);
    return {};
  });
  hand_over();
  return committed;
}

Expected<Committed> PortManager::remove_service(const ChangeContext& context,
                                                const std::string& service_id) {
  return store_.commit(context,
                       [&](Draft& draft) { return pm::remove_service(draft, service_id); });
}

PortManager::Availability PortManager::availability(const PortKey& key) {
  auto checked = check_target(*store_.snapshot(), key, {}, false);
  if (!checked) return {false, checked.error().message};
  const auto check = probe_.check(key);
  if (check.result != Bindable::no) return {true, {}};
  return {false, "The kernel refuses it: " + in_use(check) + "."};
}

Expected<std::vector<Port>> PortManager::suggest(const PortRange& range, std::optional<Port> start,
                                                 std::size_t count) {
  auto searched = range;
  if (start && *start > searched.lo) searched.lo = *start;
  std::vector<Port> ports;
  if (searched.lo <= searched.hi) {
    ports = finder_.list(std::string(local_host), Protocol::tcp, searched, count);
  }
  if (!ports.empty()) return ports;
  return fail(ErrorCode::range_full,
              "No port from " + to_string(searched.lo) + " to " + to_string(searched.hi) +
                  " is free. Start lower, name another range, or release a port.",
              "range");
}

Expected<void> PortManager::check_kernel(const PortKey& key, const std::string& service_id) {
  if (holds_.has(key)) return {};
  const auto check = probe_.check(key);
  if (check.result != Bindable::no) return {};
  const auto health = client_.health(addresses_.address(*store_.snapshot(), service_id, key.port));
  if (health.identity == service_id) return {};
  return fail(ErrorCode::port_in_use,
              "Port " + to_string(key.port) + " cannot be bound: " + in_use(check) +
                  ". Stop that process or choose another port; GET /api/ports/available names a "
                  "free one.",
              "port");
}

}  // namespace pm
