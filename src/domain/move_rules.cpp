#include "domain/move_rules.h"

#include <algorithm>
#include <map>
#include <set>

#include "domain/assignment_rules.h"

namespace pm {
namespace {

Expected<const Assignment*> movable(const Registry& registry, const std::string& service_id) {
  if (!registry.service(service_id)) return tl::unexpected(detail::unknown_service(service_id));
  if (is_self(registry, service_id)) return tl::unexpected(detail::self_protected(service_id));
  if (const auto* move = registry.move_of(service_id)) {
    return tl::unexpected(detail::move_in_progress(*move));
  }
  const auto* present = registry.assignment(service_id);
  if (!present) {
    return fail(ErrorCode::unknown_port,
                service_id + " has no port to move from. POST /api/ports/assign gives it one.",
                "service_id");
  }
  return present;
}

Expected<Move> open_move(const Registry& registry, std::int64_t move_id) {
  const auto found = registry.open_moves().find(move_id);
  if (found == registry.open_moves().end()) {
    return fail(ErrorCode::internal, "Move " + std::to_string(move_id) +
                                         " is not open any more; it was settled before.");
  }
  return found->second;
}

Move finish(Draft& draft, Move move, MoveState state, const std::string& outcome) {
  move.state = state;
  move.outcome = outcome;
  move.finished_at = draft.context().at;
  draft.apply(PutMove{move});
  return move;
}

}  // namespace

Expected<Move> begin_move(Draft& draft, const std::string& service_id, Port to, bool force) {
  draft.set_action("begin_move");
  const auto present = movable(draft.registry(), service_id);
  if (!present) return tl::unexpected(present.error());
  if ((*present)->key.port == to) {
    return fail(
        ErrorCode::already_assigned,
        service_id + " already has " + describe((*present)->key) + "; there is nothing to move.",
        "service_id");
  }
  Move move;
  move.move_id = draft.registry().next_move_id();
  move.service_id = service_id;
  move.from = (*present)->key;
  move.to = to;
  move.force = force;
  move.context = draft.context();
  if (auto checked = check_target(draft.registry(), move.target(), service_id, force); !checked) {
    return tl::unexpected(checked.error());
  }
  draft.apply(PutMove{move});
  return move;
}

Expected<Move> begin_planned_move(Draft& draft, std::int64_t move_id) {
  draft.set_action("begin_move");
  auto move = open_move(draft.registry(), move_id);
  if (!move) return move;
  const auto* present = draft.registry().assignment(move->service_id);
  if (!present) return tl::unexpected(detail::unknown_service(move->service_id));
  move->from = present->key;
  move->state = MoveState::pending;
  for (const auto& holder : draft.registry().holders(move->target())) {
    if (holder == move->service_id) continue;
    return fail(ErrorCode::port_taken, "Port " + to_string(move->to) + " is still held by " +
                                           holder + ", which did not leave it.");
  }
  draft.apply(PutMove{*move});
  return move;
}

Expected<Move> accept_move(Draft& draft, std::int64_t move_id) {
  draft.set_action("accept_move");
  auto move = open_move(draft.registry(), move_id);
  if (!move) return move;
  move->phase = MovePhase::accepted;
  draft.apply(PutMove{*move});
  return move;
}

Expected<Move> commit_move(Draft& draft, std::int64_t move_id, const std::string& outcome) {
  draft.set_action("reassign");
  auto move = open_move(draft.registry(), move_id);
  if (!move) return move;
  const auto settled = finish(draft, *move, MoveState::committed, outcome);
  detail::remove_assignment(draft, move->service_id);
  detail::put_assignment(draft, move->service_id, move->target());
  detail::append_held(draft, move->service_id, move->from.port, move->to);
  detail::append_history(draft, move->service_id, move->from, HistoryAction::reassign,
                         move->from.port, move->to);
  draft.apply(AnnouncePortChange{move->service_id, move->from.port, move->to});
  return settled;
}

Expected<Move> roll_back_move(Draft& draft, std::int64_t move_id, const std::string& outcome) {
  draft.set_action("roll_back_move");
  auto move = open_move(draft.registry(), move_id);
  if (!move) return move;
  const bool had_begun = move->state == MoveState::pending;
  const auto settled = finish(draft, *move, MoveState::rolled_back, outcome);
  if (had_begun) {
    detail::append_history(draft, move->service_id, move->from, HistoryAction::move_failed,
                           move->from.port, move->to);
  }
  return settled;
}

Expected<Move> redirect_move(Draft& draft, std::int64_t move_id, const std::string& outcome,
                             Port to) {
  const auto step = roll_back_move(draft, move_id, outcome);
  if (!step) return step;
  auto move = begin_move(draft, step->service_id, to, false);
  if (!move) return move;
  move->batch_id = step->batch_id;
  move->context = step->context;
  move->context.reason = draft.context().reason;
  draft.apply(PutMove{*move});
  return move;
}

Expected<void> check_batch(const Registry& registry, const std::vector<PortUpdate>& updates) {
  std::map<PortKey, std::string> wanted;
  std::set<PortKey> left;
  for (const auto& update : updates) {
    const auto present = movable(registry, update.service_id);
    if (!present) return tl::unexpected(present.error());
    const auto [it, fresh] = wanted.emplace(update.target(), update.service_id);
    if (!fresh) {
      return fail(ErrorCode::port_taken,
                  "Port " + to_string(update.to) + " is asked for twice, by " + it->second +
                      " and by " + update.service_id + ". Give each its own.",
                  "updates." + update.service_id);
    }
    // Not update.from: a commit since the update was worked out may have moved the service.
    const auto& from = (*present)->key;
    if (registry.holders(from).size() == 1) left.insert(from);
  }
  for (const auto& update : updates) {
    // A port that its only holder leaves in this very update is free by the time it is wanted.
    if (update.from.port == update.to) continue;
    if (const auto* claim = registry.move_to(update.target())) {
      return tl::unexpected(detail::move_in_progress(*claim));
    }
    auto checked = left.contains(update.target())
                       ? check_permitted(registry, update.target(), update.service_id)
                       : check_target(registry, update.target(), update.service_id, false);
    if (!checked) {
      checked.error().field = "updates." + update.service_id;
      return checked;
    }
  }
  return {};
}

Expected<std::vector<Move>> begin_batch(Draft& draft, const std::vector<PortUpdate>& updates,
                                        const std::vector<PlannedStep>& steps) {
  draft.set_action("begin_bulk_update");
  if (auto checked = check_batch(draft.registry(), updates); !checked) {
    return tl::unexpected(checked.error());
  }
  const auto& registry = draft.registry();
  std::vector<Move> moves;
  const auto batch_id = registry.next_move_id();
  for (const auto& step : steps) {
    Move move;
    move.move_id = registry.next_move_id();
    move.batch_id = batch_id;
    move.service_id = step.service_id;
    move.from = step.from;
    move.to = step.to;
    move.state = MoveState::planned;
    move.context = draft.context();
    if (step.via_spare) {
      if (auto checked = check_target(registry, move.target(), move.service_id, false); !checked) {
        return tl::unexpected(checked.error());
      }
    }
    draft.apply(PutMove{move});
    moves.push_back(std::move(move));
  }
  return moves;
}

}  // namespace pm
