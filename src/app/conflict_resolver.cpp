#include "app/conflict_resolver.h"

#include <algorithm>
#include <set>
#include <utility>

#include "domain/assignment_rules.h"

namespace pm {

struct ConflictResolver::Step {
  Resolution resolution;
  /// The port that is kept back for it until its move has it.
  std::optional<PortFinder::Hold> hold;

  const std::string& service_id() const { return resolution.result.service_id; }
};

namespace {

bool is_about(const Conflict& conflict, const std::string& service_id) {
  const auto& services = conflict.services;
  return std::find(services.begin(), services.end(), service_id) != services.end();
}

/// Somebody else has the port, or sits on it.
bool is_disputed(const Registry& registry, const PortKey& key) {
  bool found = registry.holders(key).size() > 1;
  registry.open_conflicts().for_each([&](std::int64_t, const Conflict& conflict) {
    found = found || (conflict.type == ConflictType::system_conflict && conflict.key == key);
  });
  return found;
}

void refuse(MoveResult& result, const Error& error) {
  result.error = error;
  result.message = error.message;
}

}  // namespace

bool is_resolvable(const Registry& registry, const Conflict& conflict) {
  if (conflict.resolved_at || conflict.type == ConflictType::ephemeral_overlap) return false;
  return std::any_of(conflict.services.begin(), conflict.services.end(),
                     [&](const std::string& service_id) { return !is_self(registry, service_id); });
}

const char* to_string(ResolutionKind kind) {
  switch (kind) {
    case ResolutionKind::adopt:
      return "adopt";
    case ResolutionKind::bring_home:
      return "bring_home";
    case ResolutionKind::move:
      break;
  }
  return "move";
}

Expected<std::vector<Resolution>> ConflictResolver::resolve(const ChangeContext& context,
                                                            Scope scope, bool dry_run) {
  std::vector<Resolution> resolutions;
  std::set<std::string> given_up;
  for (int round = 0; round < most_rounds; ++round) {
    if (auto looked = watch_.settle(); !looked) return tl::unexpected(looked.error());
    auto steps = plan(*store_.snapshot(), scope, given_up);
    if (steps.empty()) break;
    for (auto& step : steps) {
      if (!dry_run) carry_out(context, step);
      if (step.resolution.result.error) given_up.insert(step.service_id());
      resolutions.push_back(std::move(step.resolution));
    }
    if (dry_run) break;
  }
  return resolutions;
}

std::vector<ConflictResolver::Step> ConflictResolver::plan(const Registry& registry, Scope scope,
                                                           const std::set<std::string>& given_up) {
  std::vector<Step> steps;
  const auto conflicts = registry.open_conflicts().sorted();
  const auto each = [&](ConflictType type, const auto& visit) {
    for (const auto& [id, conflict] : conflicts) {
      if (conflict.type == type && is_resolvable(registry, conflict)) visit(conflict);
    }
  };
  const auto move = [&](const std::string& service_id, const std::string& why) {
    if (!given_up.contains(service_id)) plan_move(registry, service_id, why, steps);
  };
  // In this order: a service that goes where it belongs may free the port of another; who has to
  // leave anyway may settle a duplicate; and only what is left then is moved away from strangers.
  if (scope == Scope::all) {
    each(ConflictType::drift, [&](const auto& conflict) {
      if (!given_up.contains(conflict.services.front())) plan_drift(registry, conflict, steps);
    });
    each(ConflictType::reserved_port,
         [&](const auto& conflict) { move(conflict.services.front(), "its port is reserved"); });
    each(ConflictType::out_of_range, [&](const auto& conflict) {
      move(conflict.services.front(), "its port is outside the suite's range");
    });
  }
  each(ConflictType::duplicate_assignment, [&](auto conflict) {
    std::erase_if(conflict.services, [&](const auto& id) { return gives_up_port(id, steps); });
    if (conflict.services.size() < 2) return;
    const auto keeper = keeper_of(registry, conflict);
    for (const auto& service_id : conflict.services) {
      if (service_id != keeper) move(service_id, keeper + " keeps the port");
    }
  });
  if (scope == Scope::all) {
    each(ConflictType::system_conflict, [&](const auto& conflict) {
      if (leaves_by_plan(conflict, steps)) return;
      move(conflict.services.front(),
           "its port is taken by " +
               (conflict.listener ? describe(*conflict.listener) : "a stranger"));
    });
  }
  return steps;
}

bool ConflictResolver::gives_up_port(const std::string& service_id,
                                     const std::vector<Step>& steps) {
  return std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
    return step.service_id() == service_id && !step.resolution.result.error &&
           step.resolution.kind != ResolutionKind::bring_home;
  });
}

bool ConflictResolver::leaves_by_plan(const Conflict& conflict,
                                      const std::vector<Step>& steps) const {
  const auto sight = watch_.sight();
  return std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
    return step.resolution.kind == ResolutionKind::bring_home && !step.resolution.result.error &&
           sight->is_on(step.service_id(), conflict.key);
  });
}

void ConflictResolver::plan_drift(const Registry& registry, const Conflict& conflict,
                                  std::vector<Step>& steps) {
  const auto& service_id = conflict.services.front();
  if (!conflict.listener) return;
  Step step;
  auto& result = step.resolution.result;
  result.service_id = service_id;
  result.old_port = conflict.key.port;
  const PortKey actual{conflict.key.host, conflict.key.protocol, conflict.listener->port};
  if (check_target(registry, actual, service_id, false)) {
    step.resolution.kind = ResolutionKind::adopt;
    step.resolution.why = "it listens on port " + to_string(actual.port) + ", which it may have";
    result.new_port = actual.port;
  } else if (is_disputed(registry, conflict.key)) {
    // It cannot go home, until its port is another or its alone.
    return;
  } else {
    step.resolution.kind = ResolutionKind::bring_home;
    step.resolution.why =
        "it listens on port " + to_string(actual.port) + ", which it may not have";
    result.old_port = actual.port;
    result.new_port = conflict.key.port;
  }
  result.message = describe(step.resolution);
  steps.push_back(std::move(step));
}

void ConflictResolver::plan_move(const Registry& registry, const std::string& service_id,
                                 const std::string& why, std::vector<Step>& steps) {
  const auto* present = registry.assignment(service_id);
  const bool is_planned = std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
    return step.service_id() == service_id;
  });
  if (!present || is_planned || is_self(registry, service_id)) return;
  Step step;
  step.resolution.why = why;
  auto& result = step.resolution.result;
  result.service_id = service_id;
  result.old_port = result.new_port = present->key.port;
  if (const auto other = answers_in_its_place(registry, *present)) {
    refuse(result, {ErrorCode::port_in_use,
                    service_id + " listens on port " + to_string(present->key.port) + ", but " +
                        *other + " answers there, so it cannot be told to move. Stop " + *other +
                        " and resolve again.",
                    {}});
    steps.push_back(std::move(step));
    return;
  }
  auto hold = finder_.take(present->key.host, present->key.protocol,
                           PortFinder::ranges_for(registry, service_id));
  if (hold) {
    result.new_port = hold->port();
    result.message = describe(step.resolution);
    step.hold.emplace(std::move(*hold));
  } else {
    refuse(result, hold.error());
  }
  steps.push_back(std::move(step));
}

std::optional<std::string> ConflictResolver::answers_in_its_place(const Registry& registry,
                                                                  const Assignment& present) {
  const auto& service_id = present.service_id;
  if (!watch_.sight()->is_on(service_id, present.key)) return std::nullopt;
  auto health = client_.health(addresses_.address(registry, service_id, present.key.port));
  return health.identity == service_id ? std::nullopt : std::move(health.identity);
}

std::string describe(const Resolution& resolution) {
  const auto& result = resolution.result;
  const auto old_port = to_string(result.old_port);
  const auto new_port = to_string(result.new_port);
  switch (resolution.kind) {
    case ResolutionKind::adopt:
      return "The registry would follow " + result.service_id + " from port " + old_port +
             " to port " + new_port + ": " + resolution.why + ".";
    case ResolutionKind::bring_home:
      return result.service_id + " would be told to go from port " + old_port + " to its port " +
             new_port + ": " + resolution.why + ".";
    case ResolutionKind::move:
      break;
  }
  return result.service_id + " would move from port " + old_port + " to " + new_port + ": " +
         resolution.why + ".";
}

std::string ConflictResolver::keeper_of(const Registry& registry, const Conflict& conflict) {
  const auto& holders = conflict.services;
  const auto& self = registry.config().self_id;
  if (is_about(conflict, self)) return self;
  const auto sight = watch_.sight();
  for (const auto& service_id : holders) {
    if (sight->is_on(service_id, conflict.key)) return service_id;
  }
  // Of another host's port the kernel here knows nothing.
  const auto health =
      client_.health(addresses_.address(registry, holders.front(), conflict.key.port));
  return health.identity && is_about(conflict, *health.identity) ? *health.identity
                                                                 : holders.front();
}

void ConflictResolver::carry_out(const ChangeContext& context, Step& step) {
  auto& result = step.resolution.result;
  if (result.error) return;
  auto reasoned = context;
  reasoned.reason += (reasoned.reason.empty() ? "" : " ") + step.resolution.why + ".";
  if (step.resolution.kind == ResolutionKind::bring_home) {
    result = saga_.bring_home(reasoned, result.service_id, result.old_port);
    return;
  }
  const auto old_port = result.old_port;
  const bool is_there = step.resolution.kind == ResolutionKind::adopt;
  auto moved = saga_.reassign(
      reasoned, {result.service_id, result.new_port, false, false, old_port, is_there});
  if (!moved && step.hold && moved.error().code != ErrorCode::unknown_port) {
    // Somebody took the planned port by its number in between: any other will do.
    moved = saga_.reassign(reasoned, {result.service_id, std::nullopt, false, false, old_port});
  }
  if (moved) {
    result = std::move(*moved);
  } else {
    refuse(result, moved.error());
  }
}

Expected<MoveResult> ConflictResolver::resolve_one(const ChangeContext& context,
                                                   const std::string& service_id,
                                                   Port current_port) {
  if (auto looked = watch_.settle(); !looked) return tl::unexpected(looked.error());
  const auto registry = store_.snapshot();
  if (!registry->service(service_id)) return tl::unexpected(detail::unknown_service(service_id));
  const auto* present = registry->assignment(service_id);
  if (!present || present->key.port != current_port) {
    return fail(ErrorCode::unknown_port,
                service_id + " does not have port " + to_string(current_port) +
                    (present ? "; it has port " + to_string(present->key.port) : "") + ".",
                "current_port");
  }
  bool in_conflict = false;
  registry->open_conflicts().for_each([&](std::int64_t, const Conflict& conflict) {
    in_conflict = in_conflict || (conflict.key == present->key && is_about(conflict, service_id));
  });
  if (!in_conflict) {
    return fail(ErrorCode::unknown_port,
                "Port " + to_string(current_port) + " of " + service_id +
                    " is in no conflict, so nothing is moved. POST /api/ports/reassign moves a "
                    "service for other reasons.",
                "current_port");
  }
  return saga_.reassign(context, {service_id, std::nullopt, false, false, current_port});
}

}  // namespace pm
