#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace pm {

/// The group of --help.
inline constexpr const char* help_group = "Help";

/// "Look", "Change", ... for the overview and the man page.
const char* heading_of(CommandGroup group);
/// In the order of the overview.
std::vector<CommandGroup> all_groups();

/// One variable that is read from the environment, and what for.
struct EnvironmentVariable {
  const char* name;
  const char* what;
};
std::vector<EnvironmentVariable> environment_variables();

/// Everything in one page: the commands by group, exit statuses, environment.
std::string overview(const std::vector<Command>& commands);

/// How one command is used.
std::string help_page(const Command& command);

/// The paragraphs of a text: parted by an empty line, each with its lines joined.
std::vector<std::string> paragraphs_of(const std::string& text);

}  // namespace pm
