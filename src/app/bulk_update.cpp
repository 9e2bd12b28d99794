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

}  // namespace pm
