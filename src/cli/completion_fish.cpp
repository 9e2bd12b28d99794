#include "cli/completion.h"

namespace pm {
namespace {

constexpr const char* head = R"sh(# Completion of portmanager for fish

function __portmanager_at --description 'The next word is that argument of the command'
    set -l words (commandline -opc)
    set -e words[1]
    set -l given
    for word in $words
        string match -q -- '-*' $word; or set -a given $word
    end
    test (count $given) -eq $argv[1]; and contains -- $given[1] $argv[2..-1]
end

complete -c portmanager -f
)sh";

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

/// The part that says what may follow.
std::string candidates_of(const OptionText& option) {
  if (!option.choices.empty()) return " -a " + quoted(joined(option.choices));
  if (option.value == "FILE") return " -F";
  if (option.value == "FOLDER") return " -a '(__fish_complete_directories)'";
  if (option.value == "COMMAND") return " -a '(__fish_complete_subcommand)'";
  const auto lister = lister_of(option.value);
  return lister.empty() ? std::string() : " -a " + quoted("(" + lister + " 2>/dev/null)");
}

std::string names_of(const CompletedCommand& command) {
  return command.alias.empty() ? command.name : command.name + " " + command.alias;
}

void append_option(std::string& script, const CompletedCommand& command, const OptionText& option) {
  script +=
      "complete -c portmanager -n " + quoted("__fish_seen_subcommand_from " + names_of(command));
  for (const auto& name : option.names) {
    script += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (!option.value.empty()) {
    const bool takes_files = option.value == "FILE" || option.value == "COMMAND";
    script += (takes_files ? " -r" : " -x") + candidates_of(option);
  }
  script += " -d " + quoted(option.what) + "\n";
}

void append_argument(std::string& script, const CompletedCommand& command,
                     const OptionText& argument, std::size_t place) {
  auto candidates = candidates_of(argument);
  if (argument.value == "SUBCOMMAND") candidates = " -a '(__portmanager_commands)'";
  if (candidates.empty()) return;
  script += "complete -c portmanager -n " +
            quoted("__portmanager_at " + std::to_string(place) + " " + names_of(command)) +
            candidates + "\n";
}

}  // namespace

std::string fish_completion(const std::vector<CompletedCommand>& commands) {
  std::string script = head;
  std::vector<std::string> names;
  for (const auto& command : commands) names.push_back(command.name);
  script += "\nfunction __portmanager_commands\n    string split ' ' " + quoted(joined(names)) +
            "\nend\n\n";
  for (const auto& command : commands) {
    script += "complete -c portmanager -n __fish_use_subcommand -a " + command.name + " -d " +
              quoted(command.summary) + "\n";
  }
  for (const auto& command : commands) {
    script += "\n";
    for (const auto& option : command.options) append_option(script, command, option);
    std::size_t place = 1;
    for (const auto& argument : command.arguments) {
      append_argument(script, command, argument, place++);
    }
  }
  return script;
}

}  // namespace pm
