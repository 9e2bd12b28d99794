#include "cli/commands.h"

#include <iterator>

namespace pm {

std::vector<Command> all_commands(const ProgramParts& program) {
  std::vector<Command> all;
  const auto take = [&](std::vector<Command> some) {
    std::move(some.begin(), some.end(), std::back_inserter(all));
  };
  take(lookup_commands());
  take(assignment_commands());
  take(move_commands());
  take(reservation_commands());
  take(conflict_commands());
  take(service_commands());
  take(archive_commands());
  take({export_command(), watch_command(), top_command(), run_command(), serve_command(),
        doctor_command(program)});
  take(help_commands(program));
  return all;
}

}  // namespace pm
