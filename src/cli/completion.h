#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/option_text.h"

namespace pm {

/// The completion script for "bash", "zsh" or "fish". It asks `portmanager` itself for what only
/// the server knows: services, reserved ports, backups.
std::string completion_script(const std::string& shell, const std::vector<Command>& commands);

/// A command as the scripts are made from it.
struct CompletedCommand {
  std::string name;
  std::string alias;
  std::string summary;
  std::vector<OptionText> arguments;
  std::vector<OptionText> options;

  /// "list" and "available|suggest": the pattern of its names.
  std::string pattern() const;
};

std::string bash_completion(const std::vector<CompletedCommand>& commands);
std::string zsh_completion(const std::vector<CompletedCommand>& commands);
std::string fish_completion(const std::vector<CompletedCommand>& commands);

/// The command that lists the values of an argument with that type name; "" when none does.
std::string lister_of(const std::string& value);
/// Where several are taken, the last kind of value is that of all that follow. What follows -- is a
/// command line of its own.
bool goes_on(const OptionText& argument);
/// The type name of bulk-update's arguments: a service, whose port is not completed.
inline constexpr const char* service_and_port = "SERVICE=PORT";

/// Words joined by spaces.
std::string joined(const std::vector<std::string>& words);

}  // namespace pm
