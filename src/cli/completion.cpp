#include "cli/completion.h"

#include <CLI/CLI.hpp>

#include "cli/prepared_command.h"

namespace pm {

std::string CompletedCommand::pattern() const {
  return alias.empty() ? name : name + "|" + alias;
}

std::string lister_of(const std::string& value) {
  if (value == "SERVICE" || value == service_and_port) return "services";
  if (value == "RESERVED") return "reserved";
  if (value == "BACKUP") return "backups";
  return {};
}

bool goes_on(const OptionText& argument) {
  return argument.is_repeated && argument.value != "COMMAND";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string completion_script(const std::string& shell, const std::vector<Command>& commands) {
  std::vector<CompletedCommand> completed;
  for (const auto& command : commands) {
    if (command.is_hidden) continue;
    const PreparedCommand prepared(command);
    completed.push_back({command.name, command.alias, command.summary, arguments_of(*prepared.app),
                         options_of(*prepared.app)});
  }
  if (shell == "zsh") return zsh_completion(completed);
  return shell == "fish" ? fish_completion(completed) : bash_completion(completed);
}

}  // namespace pm
