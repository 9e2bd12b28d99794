#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit_status.h"
#include "cli/serve_options.h"
#include "cli/terminal.h"

namespace pm {

/// What the program lends to its command line.
struct ProgramParts {
  std::string version;
  std::function<ExitStatus(const ServeOptions&)> serve;
  /// Whether the file is a sound database, found out without changing it.
  std::function<Expected<void>(const std::filesystem::path&)> inspect_database;
  /// Who keeps the server from writing to the database, and not for a moment only: words; unset:
  /// nobody does.
  std::function<std::optional<std::string>(const std::filesystem::path&)> find_lock_holder;
};

/// Carries out one command line, from its reading to its exit status. `words` are without the
/// program's name. What is wrong is said on the terminal's stderr.
ExitStatus run_command_line(const std::vector<std::string>& words, const ProgramParts& program,
                            Terminal terminal);

}  // namespace pm
