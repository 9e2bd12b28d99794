#pragma once

#include "app/config_admin.h"
#include "cli/serve_options.h"

namespace pm {

/// The first start begins with the port_config.json that is in the data folder, else with the one
/// that --import names, else with nothing. Neither is changed. Errors name the file, the place of
/// the fault in it, and how to start without it.
Expected<void> import_first(const ServeOptions& options, ConfigAdmin& config,
                            const ChangeContext& context);

}  // namespace pm
