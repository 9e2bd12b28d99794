#include <memory>

#include "cli/commands.h"

namespace pm {

/// It is parsed on its own (serve_options.h): a file and the environment go into its options.
Command serve_command() {
  return {.name = "serve",
          .group = CommandGroup::server,
          .summary = "Serve the registry over HTTP",
          .details =
              "Each option is also an environment variable (--data-dir is PORTMANAGER_DATA_DIR) "
              "and a key of the --config file (data-dir). Flags go before environment, environment "
              "before file.\n\n"
              "When it serves, one line \"listening on http://HOST:PORT\" is on stdout; logs go to "
              "stderr. SIGTERM and SIGINT stop it within 5 seconds, with status 0.",
          .examples = {{"portmanager serve --data-dir /var/lib/portmanager",
                        "Serves on http://127.0.0.1:8100."},
                       {"portmanager serve --import port_config.json --range 8000-8999",
                        "The first start begins with that file."}},
          .declare = [](CLI::App& app) -> Action {
            auto options = std::make_shared<ServeOptions>();
            add_serve_options(app, *options);
            // The App writes into the options as long as it lives; so does the action.
            return LocalAction([options](const Terminal&) { return ExitStatus::usage; });
          },
          .speaks_with_server = false};
}

}  // namespace pm
