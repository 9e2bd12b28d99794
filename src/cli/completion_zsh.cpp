#include "cli/completion.h"

namespace pm {
namespace {

constexpr const char* head = R"sh(#compdef portmanager
# Completion of portmanager for zsh: portmanager completion zsh > DIRECTORY_OF_FPATH/_portmanager

_portmanager_list() {
  # What only the server knows: that one which the line names, if it does.
  local -a found at
  local -i named=${words[(i)--url]} joined=${words[(i)--url=*]}
  (( named < CURRENT )) && at=(--url "${(Q)words[named + 1]}")
  (( joined < CURRENT )) && at=("${(Q)words[joined]}")
  found=(${(f)"$(portmanager $at $1 --quiet 2>/dev/null)"})
  shift
  compadd "$@" -a found
}
)sh";

constexpr const char* tail = R"sh(
if [[ $funcstack[1] == _portmanager ]]; then
  _portmanager "$@"
else
  compdef _portmanager portmanager
fi
)sh";

/// Inside single quotes and brackets of a specification of _arguments.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
      result += c;
    }
  }
  return result;
}

std::string action_of(const OptionText& option) {
  if (!option.choices.empty()) return "(" + joined(option.choices) + ")";
  const auto& value = option.value;
  if (value == service_and_port) return "{_portmanager_list services -S =}";
  if (const auto lister = lister_of(value); !lister.empty()) {
    return "{_portmanager_list " + lister + "}";
  }
  if (value == "SUBCOMMAND") return "_portmanager_commands";
  if (value == "FILE") return "_files";
  if (value == "FOLDER") return "_files -/";
  return " ";
}

std::string argument_line(const OptionText& argument) {
  // What follows -- is a command line of its own.
  if (argument.value == "COMMAND" && argument.is_repeated) return "'*::COMMAND:_normal'";
  const std::string place = argument.is_repeated ? "*" : argument.is_required ? "" : ":";
  return "'" + place + ":" + escaped(argument.value) + ":" + action_of(argument) + "'";
}

void append_lines(std::string& script, const CompletedCommand& command, const std::string& indent) {
  for (const auto& option : command.options) {
    for (const auto& name : option.names) {
      script += " \\\n" + indent + "'" + name + "[" + escaped(option.what) + "]";
      if (!option.value.empty()) script += ":" + escaped(option.value) + ":" + action_of(option);
      script += "'";
    }
  }
  for (const auto& argument : command.arguments) {
    // A place may be given once only; the first argument is ':' and ends with the others.
    script += " \\\n" + indent + argument_line(argument);
  }
}

}  // namespace

std::string zsh_completion(const std::vector<CompletedCommand>& commands) {
  std::string script = head;
  script += "\n_portmanager_commands() {\n  local -a commands\n  commands=(\n";
  for (const auto& command : commands) {
    script += "    '" + command.name + ":" + escaped(command.summary) + "'\n";
  }
  script += "  )\n  _describe -t commands command commands\n}\n";
  script +=
      "\n_portmanager() {\n"
      "  local curcontext=$curcontext state line\n"
      "  typeset -A opt_args\n"
      "  _arguments -C '1: :_portmanager_commands' '*:: :->arguments' && return\n"
      "  case $words[1] in\n";
  for (const auto& command : commands) {
    script += "    " + command.pattern() + ")\n      _arguments";
    append_lines(script, command, "        ");
    script += "\n      ;;\n";
  }
  return script + "  esac\n}\n" + tail;
}

}  // namespace pm
