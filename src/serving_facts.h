#pragma once

#include "cli/serve_options.h"
#include "http/api.h"

namespace pm {

/// As of now. What cannot be measured is 0. From any thread.
ServingFacts serving_facts(const ServeOptions& options, bool needs_token);

}  // namespace pm
