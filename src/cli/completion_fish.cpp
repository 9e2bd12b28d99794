#include "cli/completion.h"

#include <set>

namespace pm {
namespace {

constexpr const char* head = R"sh(# Completion of portmanager for fish

function __portmanager_given --description 'The command, and what stands behind it'
    set -l words (commandline -opc)
    set -l is_value yes
    for word in $words
        if test -n "$is_value"
            set is_value
        else if contains -- $word $__portmanager_valued
            set is_value yes
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

function __portmanager_at --description 'The next word is that argument of the command'
    set -l given (__portmanager_given)
    test (count $given) -eq $argv[1]; and contains -- $given[1] $argv[2..-1]
end

function __portmanager_from --description 'The next word is that argument of the command, or a later one'
    set -l given (__portmanager_given)
    test (count $given) -ge $argv[1]; and contains -- $given[1] $argv[2..-1]
end

function __portmanager_ask --description 'What only the server knows: that one which the line names'
    set -l words (commandline -opc)
    set -l at
    for i in (seq (count $words))
        switch $words[$i]
            case --url
                set at --url $words[(math $i + 1)]
            case '--url=*'
                set at $words[$i]
        end
    end
    portmanager $at $argv --quiet 2>/dev/null
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
  if (lister.empty()) return {};
  const bool has_port = option.value == service_and_port;
  return " -a " + quoted("(__portmanager_ask " + lister +
                         (has_port ? " | string replace -r '$' '='" : "") + ")");
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
            quoted((goes_on(argument) ? "__portmanager_from " : "__portmanager_at ") +
                   std::to_string(place) + " " + names_of(command)) +
            candidates + "\n";
}

}  // namespace

std::string fish_completion(const std::vector<CompletedCommand>& commands) {
  std::string script = head;
  std::vector<std::string> names;
  for (const auto& command : commands) names.push_back(command.name);
  std::set<std::string> valued;
  for (const auto& command : commands) {
    for (const auto& option : command.options) {
      if (!option.value.empty()) valued.insert(option.names.begin(), option.names.end());
    }
  }
  script += "\nset -g __portmanager_valued " + joined({valued.begin(), valued.end()}) + "\n";
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
