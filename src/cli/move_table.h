#pragma once

#include "cli/session.h"

namespace pm {

/// Prints the moves of a bulk update or a resolution: `moves` are its results, as docs/api.md has
/// them. The status is failed when one of them did.
ExitStatus show_moves(const Session& session, const ApiAnswer& answer, const Json& moves);

}  // namespace pm
