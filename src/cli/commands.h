#pragma once

#include <vector>

#include "cli/command.h"
#include "cli/command_line.h"

namespace pm {

/// Every command, in the order of the overview.
std::vector<Command> all_commands(const ProgramParts& program);

std::vector<Command> lookup_commands();
std::vector<Command> assignment_commands();
std::vector<Command> move_commands();
std::vector<Command> reservation_commands();
std::vector<Command> conflict_commands();
std::vector<Command> service_commands();
std::vector<Command> archive_commands();
Command export_command();
Command watch_command();
Command top_command();
Command run_command();
Command doctor_command(const ProgramParts& program);
Command serve_command();
std::vector<Command> help_commands(const ProgramParts& program);

}  // namespace pm
