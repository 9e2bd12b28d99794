#include "app/bulk_update.h"

#include <algorithm>
#include <map>
#include <set>

#include "domain/assignment_rules.h"
#include "domain/move_rules.h"
#include "domain/plan_moves.h"

namespace pm {
namespace {

std::string preview_of(const PortUpdate& update, const std::map<std::string, Port>& spare_of) {
  if (update.from.port == update.to) {
    return update.service_id + " already has port " + to_string(update.to) + ".";
  }
  const auto spare = spare_of.find(update.service_id);
  const auto way =
      spare == spare_of.end() ? "." : ", through spare port " + to_string(spare->second) + ".";
  return "Dry run: " + update.service_id + " would move from port " + to_string(update.from.port) +
         " to " + to_string(update.to) + way;
}

}  // namespace

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

Expected<void> BulkUpdate::check_targets(const std::vector<PortUpdate>& updates) const {
  std::set<PortKey> left;
  for (const auto& update : updates) left.insert(update.from);
  for (const auto& update : updates) {
    if (update.from.port == update.to || left.contains(update.target())) continue;
    auto bindable = ports_.check_kernel(update.target(), update.service_id);
    if (!bindable) {
      bindable.error().field = "updates." + update.service_id;
      return tl::unexpected(bindable.error());
    }
  }
  return {};
}

Expected<BulkUpdate::Plan> BulkUpdate::plan(
    const Registry& registry, const std::vector<std::pair<std::string, Port>>& updates) {
  Plan plan;
  auto wanted = updates_of(registry, updates);
  if (!wanted) return tl::unexpected(wanted.error());
  plan.updates = std::move(*wanted);
  if (auto checked = check_targets(plan.updates); !checked) return tl::unexpected(checked.error());

  std::set<PortKey> targets;
  for (const auto& update : plan.updates) targets.insert(update.target());
  std::optional<Error> no_spare;
  const auto take_spare = [&](const PortKey& near) -> std::optional<Port> {
    for (;;) {
      auto hold = finder_.take(near.host, near.protocol, {registry.config().range});
      if (!hold) {
        no_spare = hold.error();
        return std::nullopt;
      }
      // One that the update itself gives to a service is kept back, and the next one is taken.
      const bool is_wanted = targets.contains(hold->key());
      plan.spares.push_back(std::move(*hold));
      if (!is_wanted) return plan.spares.back().port();
    }
  };
  auto steps = plan_moves(plan.updates, take_spare);
  if (!steps) {
    no_spare->message = "A swap needs one spare port. " + no_spare->message;
    return tl::unexpected(*no_spare);
  }
  plan.steps = std::move(*steps);
  return plan;
}

Expected<std::vector<MoveResult>> BulkUpdate::update(
    const ChangeContext& context, const std::vector<std::pair<std::string, Port>>& updates) {
  auto planned = plan(*store_.snapshot(), updates);
  if (!planned) return tl::unexpected(planned.error());
  std::vector<Move> moves;
  auto begun = store_.commit(context, [&](Draft& draft) {
    return begin_batch(draft, planned->updates, planned->steps).map([&](std::vector<Move> batch) {
      moves = std::move(batch);
    });
  });
  if (!begun) return tl::unexpected(begun.error());
  planned->spares.clear();
  return run(context, planned->updates, moves);
}

Expected<std::vector<MoveResult>> BulkUpdate::preview(
    const ChangeContext& context, const std::vector<std::pair<std::string, Port>>& updates) {
  const auto registry = store_.snapshot();
  const auto planned = plan(*registry, updates);
  if (!planned) return tl::unexpected(planned.error());
  Draft trial(*registry, context);
  const auto begun = begin_batch(trial, planned->updates, planned->steps);
  if (!begun) return tl::unexpected(begun.error());

  std::map<std::string, Port> spare_of;
  for (const auto& step : planned->steps) {
    if (step.via_spare) spare_of.insert_or_assign(step.service_id, step.to);
  }
  std::vector<MoveResult> results;
  for (const auto& update : planned->updates) {
    MoveResult result;
    result.service_id = update.service_id;
    result.old_port = update.from.port;
    result.new_port = update.to;
    result.revision = registry->revision();
    result.message = preview_of(update, spare_of);
    results.push_back(std::move(result));
  }
  return results;
}

std::vector<MoveResult> BulkUpdate::run(const ChangeContext& context,
                                        const std::vector<PortUpdate>& updates,
                                        const std::vector<Move>& moves) {
  std::map<std::string, MoveResult> results;
  for (const auto& move : moves) {
    // Also the second step of a service whose first failed: nobody has left the final port, so that
    // it is called off, which gives up its claim.
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
