#include "app/bulk_update.h"

#include <algorithm>
#include <map>
#include <set>

#include "domain/assignment_rules.h"
#include "domain/move_rules.h"
#include "domain/plan_moves.h"

namespace pm {

Expected<std::vector<PortUpdate>> BulkUpdate::updates_of(
    const Registry& registry, const std::vector<std::pair<std::string, Port>>& updates) const {
  std::vector<PortUpdate> all;
  for (const auto& [service_id, port] : updates) {
    const auto* present = registry.assignment(service_id);
    const auto from =
        present ? present->key : PortKey{std::string(local_host), Protocol::tcp, port};
    all.push_back({service_id, from, port});
  }
  if (auto checked = check_batch(registry, all); !checked) return tl::unexpected(checked.error());
  return all;
}

Expected<std::vector<MoveResult>> BulkUpdate::update(
    const ChangeContext& context, const std::vector<std::pair<std::string, Port>>& updates) {
  const auto registry = store_.snapshot();
  auto wanted = updates_of(*registry, updates);
  if (!wanted) return tl::unexpected(wanted.error());

  std::set<PortKey> left;
  std::set<PortKey> targets;
  for (const auto& update : *wanted) {
    left.insert(update.from);
    targets.insert(update.target());
  }
  for (const auto& update : *wanted) {
    if (update.from.port == update.to || left.contains(update.target())) continue;
    auto bindable = ports_.check_kernel(update.target(), update.service_id);
    if (!bindable) {
      bindable.error().field = "updates." + update.service_id;
      return tl::unexpected(bindable.error());
    }
  }

  std::vector<PortFinder::Hold> spares;
  std::optional<Error> no_spare;
  const auto take_spare = [&](const PortKey& near) -> std::optional<Port> {
    for (;;) {
      auto hold = finder_.take(near.host, near.protocol, {registry->config().range});
      if (!hold) {
        no_spare = hold.error();
        return std::nullopt;
      }
      // One that the update itself gives to a service is kept back, and the next one is taken.
      const bool is_wanted = targets.contains(hold->key());
      spares.push_back(std::move(*hold));
      if (!is_wanted) return spares.back().port();
    }
  };
  const auto steps = plan_moves(*wanted, take_spare);
  if (!steps) {
    no_spare->message = "A swap needs one spare port. " + no_spare->message;
    return tl::unexpected(*no_spare);
  }

  std::vector<Move> moves;
  auto begun = store_.commit(context, [&](Draft& draft) -> Expected<void> {
    auto planned = begin_batch(draft, *wanted, *steps);
    if (!planned) return tl::unexpected(planned.error());
    moves = *planned;
    return {};
  });
  if (!begun) return tl::unexpected(begun.error());
  spares.clear();
  return run(context, *wanted, moves);
}

std::vector<MoveResult> BulkUpdate::run(const ChangeContext& context,
                                        const std::vector<PortUpdate>& updates,
                                        const std::vector<Move>& moves) {
  std::map<std::string, MoveResult> results;
  for (const auto& move : moves) {
    // A service whose first step failed has no second: begin_planned_move would take it straight to
    // the final port, which nobody has left.
    auto result = saga_.run_planned(context, move);
    const auto before = results.find(move.service_id);
    if (before != results.end()) {
      if (!before->second.success()) {
        result = before->second;
      } else if (result.success()) {
        result.message = move.service_id + " moved from port " +
                         to_string(before->second.old_port) + " to " + to_string(move.to) +
                         ", through spare port " + to_string(before->second.new_port) + ".";
      }
      result.old_port = before->second.old_port;
    }
    results.insert_or_assign(move.service_id, std::move(result));
  }

  std::vector<MoveResult> ordered;
  for (const auto& update : updates) {
    const auto found = results.find(update.service_id);
    if (found == results.end()) {
      MoveResult unchanged;
      unchanged.service_id = update.service_id;
      unchanged.old_port = unchanged.new_port = update.to;
      unchanged.message = update.service_id + " already has port " + to_string(update.to) + ".";
      ordered.push_back(std::move(unchanged));
      continue;
    }
    auto result = found->second;
    const auto registry = store_.snapshot();
    const auto* now = registry->assignment(update.service_id);
    if (!result.success() && now && now->key != update.from &&
        !registry->move_of(update.service_id)) {
      const auto back =
          saga_.reassign(context, {update.service_id, update.from.port, false, false});
      const bool is_back = back && back->success();
      result.message += is_back ? " It went back to port " + to_string(update.from.port) + "."
                                : " It stays on port " + to_string(now->key.port) + ".";
    }
    result.new_port = update.to;
    ordered.push_back(std::move(result));
  }
  return ordered;
}

std::string BulkUpdate::keeper_of(const Registry& registry, const Conflict& conflict) {
  const auto& first = conflict.services.front();
  const auto health = client_.health(addresses_.address(registry, first, conflict.key.port));
  const auto& holders = conflict.services;
  const bool listens = health.identity &&
                       std::find(holders.begin(), holders.end(), *health.identity) != holders.end();
  const auto& self = registry.config().self_id;
  if (std::find(holders.begin(), holders.end(), self) != holders.end()) return self;
  return listens ? *health.identity : first;
}

std::vector<std::pair<std::string, std::string>> BulkUpdate::movers(const Registry& registry) {
  std::vector<std::pair<std::string, std::string>> result;
  std::set<std::string> seen;
  const auto add = [&](const std::string& service_id, const std::string& why) {
    if (!is_self(registry, service_id) && seen.insert(service_id).second) {
      result.emplace_back(service_id, why);
    }
  };
  const auto conflicts = registry.open_conflicts().sorted();
  // Who has to leave a reserved or foreign port goes first: that may settle a duplicate as well.
  for (const auto& [id, conflict] : conflicts) {
    if (conflict.type == ConflictType::reserved_port) {
      add(conflict.services.front(), "its port is reserved");
    } else if (conflict.type == ConflictType::out_of_range) {
      add(conflict.services.front(), "its port is outside the suite's range");
    }
  }
  for (const auto& [id, conflict] : conflicts) {
    if (conflict.type != ConflictType::duplicate_assignment) continue;
    const auto keeper = keeper_of(registry, conflict);
    for (const auto& service_id : conflict.services) {
      if (service_id != keeper) add(service_id, keeper + " keeps the port");
    }
  }
  return result;
}

Expected<std::vector<MoveResult>> BulkUpdate::resolve(const ChangeContext& context, bool dry_run) {
  const auto registry = store_.snapshot();
  std::vector<MoveResult> results;
  std::vector<PortFinder::Hold> planned;
  for (const auto& [service_id, why] : movers(*registry)) {
    const auto* present = registry->assignment(service_id);
    if (!present) continue;
    MoveResult result;
    result.service_id = service_id;
    result.old_port = result.new_port = present->key.port;
    if (dry_run) {
      // The ports of a plan are held until it is complete, so that it names none twice.
      auto hold = finder_.take(present->key.host, present->key.protocol,
                               PortFinder::ranges_for(*registry, service_id));
      if (hold) {
        result.new_port = hold->port();
        result.message = service_id + " would move from port " + to_string(result.old_port) +
                         " to " + to_string(result.new_port) + ": " + why + ".";
        planned.push_back(std::move(*hold));
      } else {
        result.error = hold.error();
        result.message = hold.error().message;
      }
    } else {
      auto moved =
          saga_.reassign(context, {service_id, std::nullopt, false, false, present->key.port});
      if (moved) {
        result = std::move(*moved);
      } else {
        result.error = moved.error();
        result.message = moved.error().message;
      }
    }
    results.push_back(std::move(result));
  }
  return results;
}

Expected<MoveResult> BulkUpdate::resolve_one(const ChangeContext& context,
                                             const std::string& service_id, Port current_port) {
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
    const auto& services = conflict.services;
    in_conflict =
        in_conflict || (conflict.key == present->key &&
                        std::find(services.begin(), services.end(), service_id) != services.end());
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
