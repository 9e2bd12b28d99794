#pragma once

#include "cli/serve_options.h"

namespace pm {

/// Builds the objects, wires them and serves until SIGTERM or SIGINT, both of which must be blocked
/// in every thread before this is called. What goes wrong is said on stderr.
ExitStatus serve(const ServeOptions& options, const std::string& version);

}  // namespace pm
