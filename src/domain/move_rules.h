#pragma once

#include <string>
#include <vector>

#include "domain/draft.h"
#include "domain/plan_moves.h"

namespace pm {

/// The rules of the saga: begin, accept, then commit or roll back. Each is one commit.

/// Records a pending move that claims both ports. Errors: unknown_service, unknown_port (it has no
/// port), already_assigned (it has that port), forbidden, move_in_progress, those of check_target.
Expected<Move> begin_move(Draft& draft, const std::string& service_id, Port to, bool force);

/// Makes a planned move of a bulk update pending, from wherever the service is by now.
Expected<Move> begin_planned_move(Draft& draft, std::int64_t move_id);

/// Records that the service has said yes.
Expected<Move> accept_move(Draft& draft, std::int64_t move_id);

/// Gives the service its new port; assignment, history, announcement and move change together.
Expected<Move> commit_move(Draft& draft, std::int64_t move_id, const std::string& outcome);

/// Gives the claim on the new port up. Leaves a move_failed row in the history.
Expected<Move> roll_back_move(Draft& draft, std::int64_t move_id, const std::string& outcome);

/// Rolls a step of a bulk update back and begins another move of its service in its place, to `to`.
/// It belongs to the same update and request and gives the draft's reason. Errors: those of
/// begin_move.
Expected<Move> redirect_move(Draft& draft, std::int64_t move_id, const std::string& outcome,
                             Port to);

/// Checks a bulk update as a whole: every service exists, has a port, is not the Port Manager and
/// is not moving; every new port is permitted, given once, and free or being left by another
/// service of the update. The services that are already where they should be may be named.
Expected<void> check_batch(const Registry& registry, const std::vector<PortUpdate>& updates);

/// Records the planned moves of a bulk update, after check_batch, in the order to carry them out.
Expected<std::vector<Move>> begin_batch(Draft& draft, const std::vector<PortUpdate>& updates,
                                        const std::vector<PlannedStep>& steps);

}  // namespace pm
