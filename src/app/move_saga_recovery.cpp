#include <algorithm>

#include "app/move_saga.h"
#include "domain/move_rules.h"

namespace pm {
namespace {

/// A step of a bulk update is followed by few events: those of the steps of one service.
constexpr int recent_events = 20;

}  // namespace

Expected<MoveSaga::Recovery> MoveSaga::recover(const ChangeContext& context) {
  const auto registry = store_.snapshot();
  Recovery recovery;
  for (const auto& [id, move] : registry->open_moves()) {
    if (clock_.stopping()) break;
    auto done = settle(context, move);
    if (!done) return tl::unexpected(done.error());
    if (*done) recovery.parked.push_back(std::move(**done));
    ++recovery.settled;
  }
  return recovery;
}

Expected<std::optional<std::string>> MoveSaga::settle(const ChangeContext& context,
                                                      const Move& move) {
  using Who = MoveContact::Who;
  const bool begun = move.state == MoveState::pending;
  const auto at_new = begun ? contact_.who_is_it(move, move.to, move.force) : Who::nobody;
  const auto at_old = begun ? contact_.who_is_it(move, move.from.port, false) : Who::nobody;
  // A name counts for more than an answer without one, whichever port it comes from. Without any,
  // one that had not said yes is taken to be where it was.
  const bool prefers_new = at_new == Who::itself || move.phase == MovePhase::accepted;
  const bool is_new =
      at_new != Who::nobody && (at_new > at_old || (at_new == at_old && prefers_new));
  const bool is_old = !is_new && at_old != Who::nobody;
  const bool commits = is_new || (begun && !is_old && move.phase == MovePhase::accepted);

  std::string outcome = "Settled at start-up: ";
  if (!begun) {
    outcome += "this step had not begun.";
  } else if (move.from.protocol == Protocol::udp) {
    outcome += "the ports are UDP ports, where nobody can be asked; the service keeps the old one.";
  } else if (is_new) {
    outcome += "the service answers on its new port.";
  } else if (is_old) {
    outcome += "the service answers on its old port. " + contact_.tell_back(move, move.force);
  } else {
    outcome += commits ? "the service answers on neither port and had accepted the new one."
                       : "the service answers on neither port and had not accepted the new one.";
  }
  // Told to stop in between, it has not seen the end of this: the next start looks again.
  if (clock_.stopping()) return {};
  if (!commits) {
    const auto origin = origin_if_parked(context, move);
    if (!origin) return tl::unexpected(origin.error());
    if (*origin) {
      const auto left = leave_spare(context, move, **origin, outcome);
      if (left.success()) return std::nullopt;
      return left.message;
    }
  }
  const auto settled =
      conclude(context, move, commits ? MoveState::committed : MoveState::rolled_back, outcome);
  if (!settled) return tl::unexpected(settled.error());
  return std::nullopt;
}

Expected<std::optional<Port>> MoveSaga::origin_if_parked(const ChangeContext& context,
                                                         const Move& step) {
  const auto registry = store_.snapshot();
  const auto* present = registry->assignment(step.service_id);
  if (step.batch_id == 0 || !present) return std::nullopt;
  const auto page = store_.history(step.service_id, recent_events, std::nullopt);
  if (!page) return tl::unexpected(page.error());
  const auto last = std::find_if(page->rows.begin(), page->rows.end(), [](const auto& event) {
    return event.action != HistoryAction::move_failed;
  });
  // Nobody else moves a service while its update has an open step: what moved it since the update
  // was asked for is an earlier step, committed by the update or by a start after a crash.
  const bool is_parked = last != page->rows.end() && last->action == HistoryAction::reassign &&
                         last->new_port == present->key.port &&
                         last->context.at >= step.context.at &&
                         (last->context.request_id == step.context.request_id ||
                          last->context.request_id == context.request_id);
  return is_parked ? last->old_port : std::nullopt;
}

MoveResult MoveSaga::leave_spare(const ChangeContext& context, const Move& step, Port origin,
                                 const std::string& outcome) {
  const auto registry = store_.snapshot();
  MoveResult result;
  result.service_id = step.service_id;
  result.old_port = result.new_port = registry->assignment(step.service_id)->key.port;
  const auto parked = step.service_id + " is parked on port " + to_string(result.old_port);
  const auto advice = " When port " + to_string(step.to) + " is free: portmanager reassign " +
                      step.service_id + " " + to_string(step.to) + ".";

  std::optional<Port> target;
  std::string obstacles;
  for (const auto port : {step.to, origin}) {
    Draft trial(*registry, context);
    const auto checked =
        redirect_move(trial, step.move_id, outcome, port).and_then([&](const Move& next) {
          return ports_.check_kernel(next.target(), step.service_id);
        });
    if (checked) {
      target = port;
      break;
    }
    obstacles += " " + checked.error().message;
  }
  const auto stay = [&](ErrorCode code, const std::string& why) {
    return roll_back(context, step, result,
                     {code, outcome + " " + parked + " and stays there:" + why + advice, {}});
  };
  if (!target) return stay(ErrorCode::port_taken, obstacles);

  auto own = context;
  own.reason = "Its bulk update could not take it further and had parked it on port " +
               to_string(result.old_port) + ".";
  Move next;
  const auto begun = commit_step(own, [&](Draft& draft) {
    return redirect_move(
               draft, step.move_id,
               outcome + " " + parked + " and is taken to port " + to_string(*target) + ".",
               *target)
        .map([&](Move pending) { return next = std::move(pending); });
  });
  if (!begun) return stay(begun.error().code, " " + begun.error().message);
  auto left = carry_out(own, next);
  if (!left.success()) left.message += " " + parked + "." + advice;
  return left;
}

}  // namespace pm
