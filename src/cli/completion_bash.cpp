#include "cli/completion.h"

namespace pm {
namespace {

constexpr const char* head =
    R"sh(# Completion of portmanager for bash: source <(portmanager completion bash)

_portmanager_ask() {
  # What only the server knows: that one which the line names, if it does.
  portmanager ${at[@]+"${at[@]}"} "$1" --quiet 2>/dev/null
}

_portmanager_list() {
  # The candidates of one kind of value, one a line.
  local IFS=$' \t\n'
  case $1 in
    SERVICE) _portmanager_ask services ;;
    SERVICE=PORT) _portmanager_ask services | sed 's/$/=/' ;;
    RESERVED) _portmanager_ask reserved ;;
    BACKUP) _portmanager_ask backups ;;
    SUBCOMMAND) printf '%s\n' $_portmanager_commands ;;
    COMMAND) compgen -c -- "$2" ;;
    FILE) compgen -f -- "$2" ;;
    FOLDER) compgen -d -- "$2" ;;
    =*) printf '%s\n' ${1#=} ;;
  esac
}

_portmanager_describe() {
  # Sets flags, valued (those that take a value), values (of which kind) and arguments.
  flags='' valued='' values='' arguments=''
  case $1 in
)sh";

constexpr const char* tail = R"sh(  esac
}

_portmanager() {
  # bash takes words apart at : and =, and a URL has them.
  local words=() glued=yes i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == [:=]* ]] && glued=yes
    if [[ $glued && $i -gt 0 ]]; then
      words[${#words[@]} - 1]+=${COMP_WORDS[i]}
    else
      words+=("${COMP_WORDS[i]}")
    fi
    glued=''
    [[ ${COMP_WORDS[i]} == [:=] ]] && glued=yes
  done
  local last=$((${#words[@]} - 1))
  local word=${words[last]} before=${words[last - 1]} at=()
  local command='' flags valued values arguments kind='' place=0 dashes=''
  COMPREPLY=()
  [[ $word == --*=* ]] && before=${word%%=*} word=${word#*=}
  for ((i = 1; i < last; i++)); do
    case ${words[i]} in
      --) dashes=yes ;;
      --url=*) [[ $dashes ]] || at=("${words[i]}") ;;
      -*)
        _portmanager_describe "$command"
        [[ -z $dashes && ${words[i]} == --url ]] && at=(--url "${words[i + 1]}")
        [[ -z $dashes && " $valued " == *" ${words[i]} "* ]] && ((i++))
        ;;
      *) if [[ -z $command ]]; then command=${words[i]}; else ((place++)); fi ;;
    esac
  done
  _portmanager_describe "$command"
  local kinds=($arguments) names=($valued) types=($values)
  if [[ -z $dashes && " $valued " == *" $before "* ]]; then
    for ((i = 0; i < ${#names[@]}; i++)); do
      [[ ${names[i]} == "$before" ]] && kind=${types[i]}
    done
    kind=${kind//,/ }
  elif [[ -z $dashes && $word == -* ]]; then
    kind="=$flags"
  elif [[ -z $command ]]; then
    kind=SUBCOMMAND
  elif ((place < ${#kinds[@]})); then
    kind=${kinds[place]//,/ }
  elif [[ $arguments == *... ]]; then
    kind=${kinds[${#kinds[@]} - 1]}
  elif [[ $dashes ]]; then
    kind=FILE
  fi
  kind=${kind%...}
  if [[ $kind == SERVICE=PORT ]]; then
    [[ $word == *=* ]] && return
    compopt -o nospace 2>/dev/null
  fi
  local IFS=$'\n'
  COMPREPLY=($(compgen -W "$(_portmanager_list "$kind" "$word")" -- "$word"))
}

complete -F _portmanager portmanager
)sh";

/// A kind of value in one word: choices are "=a,b", what cannot be completed "-".
std::string kind_of(const OptionText& option) {
  if (!option.choices.empty()) {
    std::string list = "=";
    for (const auto& choice : option.choices) list += (list.size() > 1 ? "," : "") + choice;
    return list;
  }
  return option.value.empty() ? "-" : option.value;
}

std::string described(const std::vector<OptionText>& arguments,
                      const std::vector<OptionText>& options) {
  std::vector<std::string> flags;
  std::vector<std::string> valued;
  std::vector<std::string> values;
  std::vector<std::string> kinds;
  for (const auto& option : options) {
    for (const auto& name : option.names) {
      flags.push_back(name);
      if (option.value.empty()) continue;
      valued.push_back(name);
      values.push_back(kind_of(option));
    }
  }
  for (const auto& argument : arguments) {
    kinds.push_back(kind_of(argument) + (goes_on(argument) ? "..." : ""));
  }
  return "      flags='" + joined(flags) + "'\n      valued='" + joined(valued) +
         "'\n      values='" + joined(values) + "'\n      arguments='" + joined(kinds) +
         "'\n      ;;\n";
}

}  // namespace

std::string bash_completion(const std::vector<CompletedCommand>& commands) {
  std::string script = head;
  std::vector<std::string> names;
  for (const auto& command : commands) {
    names.push_back(command.name);
    script += "    " + command.pattern() + ")\n" + described(command.arguments, command.options);
    // Before a command, what every command that speaks with the server takes.
    if (command.name == "list") {
      script += "    '')\n" + described({}, command.options);
    }
  }
  return script + tail + "_portmanager_commands='" + joined(names) + "'\n";
}

}  // namespace pm
