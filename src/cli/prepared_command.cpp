#include "cli/prepared_command.h"

#include <CLI/CLI.hpp>

#include "cli/help_page.h"

namespace pm {

PreparedCommand::PreparedCommand(const Command& command)
    : app(std::make_unique<CLI::App>(command.summary, "portmanager " + command.name)) {
  action = command.declare(*app);
  if (command.speaks_with_server) add_common_options(*app, common);
  app->get_help_ptr()->description("Print this help")->group(help_group);
}

PreparedCommand::~PreparedCommand() = default;

}  // namespace pm
