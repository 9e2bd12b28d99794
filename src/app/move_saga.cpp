#include "app/move_saga.h"

#include <algorithm>

#include "domain/assignment_rules.h"
#include "domain/move_rules.h"

namespace pm {
namespace {

MoveResult result_of(const Move& move) {
  MoveResult result;
  result.service_id = move.service_id;
  result.old_port = move.from.port;
  result.new_port = move.to;
  return result;
}

std::string moved(const Move& move) {
  return move.service_id + " moved from port " + to_string(move.from.port) + " to " +
         to_string(move.to);
}

Expected<Move> check_origin(Move move, const MoveSaga::Command& command) {
  if (!command.expected_from || move.from.port == *command.expected_from) return move;
  return fail(ErrorCode::unknown_port,
              move.service_id + " has left port " + to_string(*command.expected_from) +
                  " meanwhile and is on port " + to_string(move.from.port) + "; nothing to do.");
}

bool is_udp(const Move& move) {
  return move.from.protocol == Protocol::udp;
}

std::string what_to_do(const Move& move, bool is_there) {
  if (is_there) return "It listens there already.";
  const auto port = to_string(move.to);
  if (!is_udp(move)) return "Start " + move.service_id + " on port " + port + ".";
  return "Set " + move.service_id + " to port " + port + " by hand and restart it.";
}

ErrorCode code_of(const UpdateReply& reply) {
  switch (reply.reach) {
    case Reach::timed_out:
      return ErrorCode::service_timeout;
    case Reach::answered:
      return ErrorCode::service_refused;
    case Reach::not_listening:
    case Reach::unreachable:
      break;
  }
  return ErrorCode::service_unreachable;
}

}  // namespace

Expected<Committed> MoveSaga::commit_step(const ChangeContext& context,
                                          const std::function<Expected<Move>(Draft&)>& step) {
  auto now = context;
  now.at = clock_.now();
  return store_.commit(now, [&](Draft& draft) -> Expected<void> {
    if (auto done = step(draft); !done) return tl::unexpected(done.error());
    return {};
  });
}

Expected<MoveResult> MoveSaga::reassign(const ChangeContext& context, const Command& command) {
  const auto registry = store_.snapshot();
  if (const auto* move = registry->move_of(command.service_id)) {
    return tl::unexpected(detail::move_in_progress(*move));
  }
  const auto* present = registry->assignment(command.service_id);
  // Without a port there is nothing to choose a new one for: the rule says what is missing.
  std::optional<PortFinder::Hold> hold;
  auto target = command.new_port;
  if (!target && present && !is_self(*registry, command.service_id)) {
    auto taken = finder_.take(present->key.host, present->key.protocol,
                              PortFinder::ranges_for(*registry, command.service_id));
    if (!taken) return tl::unexpected(taken.error());
    hold.emplace(std::move(*taken));
    target = hold->port();
  }
  const bool stays = present && target == present->key.port;
  if (stays && !is_self(*registry, command.service_id)) {
    MoveResult result;
    result.service_id = command.service_id;
    result.old_port = result.new_port = *target;
    result.message =
        command.service_id + " already has port " + to_string(*target) + "; nothing to do.";
    result.revision = registry->revision();
    return result;
  }

  // Tried on a draft of its own first: a refusal comes before the kernel or anybody is asked, and
  // a dry run ends here.
  Draft trial(*registry, context);
  auto begun = begin_move(trial, command.service_id, target.value_or(Port::clamped(Port::lowest)),
                          command.force);
  if (!begun) return tl::unexpected(begun.error());
  if (!command.force && !hold && !command.is_there) {
    auto bindable = ports_.check_kernel(begun->target(), command.service_id);
    if (!bindable) return tl::unexpected(bindable.error());
  }
  if (command.dry_run) {
    auto result = result_of(*begun);
    result.message = "Dry run: " + command.service_id + " would move from port " +
                     to_string(result.old_port) + " to " + to_string(result.new_port) + ".";
    result.revision = registry->revision();
    return result;
  }

  Move move;
  auto committed = commit_step(context, [&](Draft& draft) {
    return begin_move(draft, command.service_id, *target, command.force)
        .and_then([&](Move pending) { return check_origin(std::move(pending), command); })
        .map([&](Move pending) { return move = std::move(pending); });
  });
  if (!committed) return tl::unexpected(committed.error());
  return carry_out(context, move);
}

MoveResult MoveSaga::bring_home(const ChangeContext& context, const std::string& service_id,
                                Port actual) {
  MoveResult result;
  result.service_id = service_id;
  result.old_port = result.new_port = actual;
  const auto refuse = [&](ErrorCode code, const std::string& message) {
    result.error = Error{code, message, {}};
    result.message = message;
    return result;
  };
  const auto registry = store_.snapshot();
  const auto* present = registry->assignment(service_id);
  if (const auto* move = registry->move_of(service_id)) {
    return refuse(ErrorCode::move_in_progress, detail::move_in_progress(*move).message);
  }
  if (!present) return refuse(ErrorCode::unknown_port, service_id + " has no port any more.");
  result.new_port = present->key.port;
  if (present->key.protocol == Protocol::udp) {
    return refuse(ErrorCode::service_unreachable,
                  service_id + " listens on UDP port " + to_string(actual) +
                      ", where it cannot be told over HTTP to go to its port " +
                      to_string(result.new_port) + ". Set it to that port by hand and restart it.");
  }
  const auto bindable = ports_.check_kernel(present->key, service_id);
  if (!bindable) return refuse(bindable.error().code, bindable.error().message);

  Move move;
  move.service_id = service_id;
  move.from = {present->key.host, present->key.protocol, actual};
  move.to = present->key.port;
  move.context = context;
  // It may have gone since it was seen there, and somebody else may have come.
  if (contact_.who_answers(move, actual) == MoveContact::Who::nobody) {
    return refuse(ErrorCode::service_unreachable,
                  service_id + " does not answer on port " + to_string(actual) +
                      " any more, so it was not told to go to its port " + to_string(move.to) +
                      ". Start it there.");
  }
  const auto home = contact_.address(move, move.to);
  const bool occupied = client_.accepts_connections(home.host, home.port);
  const auto reply =
      client_.update_port(contact_.address(move, actual), move.to, actual, clock_.now());
  result.update = {true, reply.accepted, reply.restart_required, reply.message, std::nullopt};
  if (!reply.accepted) {
    return refuse(code_of(reply), service_id + " listens on port " + to_string(actual) +
                                      " and refused to go to its port " + to_string(move.to) +
                                      ": " + reply.message + ".");
  }
  if (const auto seen = contact_.wait_until_up(home, occupied); !seen.empty()) {
    return refuse(ErrorCode::service_not_up, service_id + " accepted its port " +
                                                 to_string(move.to) +
                                                 " and did not come up there: " + seen + ". " +
                                                 contact_.tell_back(move, occupied));
  }
  result.update.old_port_released = contact_.wait_until_let_go(contact_.address(move, actual));
  result.message = service_id + " went from port " + to_string(actual) + " to its port " +
                   to_string(move.to) + ".";
  result.revision = registry->revision();
  return result;
}

MoveResult MoveSaga::run_planned(const ChangeContext& context, const Move& planned) {
  // Left open, it tells the next start that its service may be parked on a spare port.
  if (clock_.stopping()) return leave_pending(result_of(planned));
  Move move = planned;
  auto committed = commit_step(context, [&](Draft& draft) {
    return begin_planned_move(draft, planned.move_id).map([&](Move pending) {
      return move = std::move(pending);
    });
  });
  if (committed) return carry_out(context, move);
  auto result = result_of(planned);
  auto error = committed.error();
  const auto origin = origin_if_parked(context, planned);
  if (error.code != ErrorCode::port_taken || !origin || !*origin) {
    return roll_back(context, planned, std::move(result), std::move(error));
  }
  const auto left = leave_spare(context, planned, **origin, error.message);
  if (left.success()) error.message += " It went back to port " + to_string(left.new_port) + ".";
  result.revision = left.revision;
  result.message = error.message;
  result.error = std::move(error);
  return result;
}

std::optional<std::string> MoveSaga::reason_to_stay_away(const Move& move) {
  const auto port = to_string(move.from.port);
  if (is_udp(move)) return "port " + port + " is a UDP port, where nobody can be asked over HTTP";
  const auto registry = store_.snapshot();
  const auto stranger = stranger_on(*registry, move);
  const auto old_port = contact_.health_at_old_port(move, stranger.has_value());
  if (old_port.identity == move.service_id) return std::nullopt;
  if (old_port.reach == Reach::not_listening) {
    return "nobody listens on port " + port + ", so the service is stopped";
  }
  if (old_port.identity) return "port " + port + " is answered by " + *old_port.identity;
  if (stranger) {
    return "port " + port + " is taken by " + describe(*stranger);
  }
  const bool shared = registry->holders(move.from).size() > 1;
  if (!old_port.identity && shared) {
    return "port " + port + " has several holders and the one that answers does not say who it is";
  }
  return std::nullopt;
}

MoveResult MoveSaga::carry_out(const ChangeContext& context, const Move& move) {
  ports_.hand_over();
  const auto reason = reason_to_stay_away(move);
  if (!reason) return move_running(context, move);
  auto result = result_of(move);
  result.update.message = "Not contacted: " + *reason + ".";
  const bool is_there = contact_.who_answers(move, move.to) == MoveContact::Who::itself;
  result.message =
      moved(move) + " in the registry alone: " + *reason + ". " + what_to_do(move, is_there);
  return commit(context, move, std::move(result));
}

MoveResult MoveSaga::move_running(const ChangeContext& context, const Move& move) {
  auto result = result_of(move);
  const auto at_old = contact_.address(move, move.from.port);
  const auto at_new = contact_.address(move, move.to);
  const bool occupied = client_.accepts_connections(at_new.host, at_new.port);
  const auto reply = client_.update_port(at_old, move.to, move.from.port, clock_.now());
  result.update = {true, reply.accepted, reply.restart_required, reply.message, std::nullopt};
  if (!reply.accepted && clock_.stopping()) return leave_pending(std::move(result));
  if (!reply.accepted) {
    // A service that did not answer may have accepted all the same.
    const auto back =
        reply.reach == Reach::answered ? std::string() : " " + contact_.tell_back(move, occupied);
    const auto what = reply.reach == Reach::answered
                          ? " refused to move to port " + to_string(move.to)
                          : " did not answer the request to move to port " + to_string(move.to);
    return roll_back(context, move, std::move(result),
                     {code_of(reply),
                      move.service_id + what + ": " + reply.message + ". It keeps port " +
                          to_string(move.from.port) + "." + back,
                      {}});
  }
  const auto accepted =
      commit_step(context, [&](Draft& draft) { return accept_move(draft, move.move_id); });
  const auto seen = accepted ? contact_.wait_until_up(at_new, occupied) : accepted.error().message;
  if (!seen.empty() && clock_.stopping()) return leave_pending(std::move(result));
  if (!seen.empty()) {
    const auto back = contact_.tell_back(move, occupied);
    const auto what =
        accepted ? " and did not come up there: " : " and that could not be recorded: ";
    return roll_back(context, move, std::move(result),
                     {accepted ? ErrorCode::service_not_up : accepted.error().code,
                      move.service_id + " accepted port " + to_string(move.to) + what + seen +
                          ". It keeps port " + to_string(move.from.port) + ". " + back,
                      {}});
  }
  result.update.old_port_released = contact_.wait_until_let_go(at_old);
  result.message = moved(move) + ".";
  if (!*result.update.old_port_released) {
    result.message += " Warning: port " + to_string(move.from.port) +
                      " is still listened on; until it is let go the kernel refuses it to others.";
  }
  return commit(context, move, std::move(result));
}

MoveResult MoveSaga::leave_pending(MoveResult result) {
  result.error =
      Error{ErrorCode::shutting_down,
            "The Port Manager is stopping; the move of " + result.service_id + " to port " +
                to_string(result.new_port) + " is pending and is settled at the next start.",
            {}};
  result.message = result.error->message;
  return result;
}

Expected<Committed> MoveSaga::conclude(const ChangeContext& context, const Move& move,
                                       MoveState state, const std::string& outcome) {
  auto committed = commit_step(context, [&](Draft& draft) {
    return state == MoveState::committed ? commit_move(draft, move.move_id, outcome)
                                         : roll_back_move(draft, move.move_id, outcome);
  });
  if (!committed && committed.error().code != ErrorCode::internal) {
    const std::lock_guard lock(mutex_);
    unrecorded_.push_back({context, move, state, outcome});
  }
  // A port that was held for this service and that it did not take in the end is held again.
  ports_.hand_over();
  return committed;
}

void MoveSaga::record_unrecorded() {
  std::vector<Unrecorded> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(unrecorded_);
  }
  for (const auto& each : waiting) conclude(each.context, each.move, each.state, each.outcome);
}

MoveResult MoveSaga::commit(const ChangeContext& context, const Move& move, MoveResult result) {
  const auto committed = conclude(context, move, MoveState::committed, result.message);
  if (!committed) {
    result.error =
        Error{committed.error().code,
              result.message + " It could not be recorded yet (" + committed.error().message +
                  ") and is tried again every second; until then it is pending.",
              {}};
    return result;
  }
  result.revision = committed->revision;
  return result;
}

MoveResult MoveSaga::roll_back(const ChangeContext& context, const Move& move, MoveResult result,
                               Error error) {
  const auto committed = conclude(context, move, MoveState::rolled_back, error.message);
  if (committed) {
    result.revision = committed->revision;
  } else {
    error.message += " This could not be recorded yet; both ports stay claimed until it is.";
  }
  result.message = error.message;
  result.error = std::move(error);
  return result;
}

}  // namespace pm
