#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "cli/exit_status.h"

namespace CLI {
class App;
}

namespace pm {

class Session;
class Terminal;

/// What a command does once its options are read: with the server, or without.
using ServerAction = std::function<ExitStatus(Session&)>;
using LocalAction = std::function<ExitStatus(const Terminal&)>;
using Action = std::variant<ServerAction, LocalAction>;

struct Example {
  std::string line;  ///< "portmanager assign billing"
  std::string what;  ///< "Gives billing the lowest free port."
};

/// The headings under which the overview has the commands.
enum class CommandGroup { look, change, conflicts, services, archive, live, server, help };

/// One command, told once: parsing, help, man page and completion are all made from this. An
/// argument's or option's type name says how it is completed: SERVICE, RESERVED, BACKUP, COMMAND,
/// FILE and FOLDER.
struct Command {
  std::string name;
  CommandGroup group;
  std::string summary;  ///< one line, without a full stop
  std::string details;  ///< sentences; paragraphs are parted by an empty line
  std::vector<Example> examples;
  /// Adds the command's own arguments and options, and returns what reads them, which may outlive
  /// the App.
  std::function<Action(CLI::App&)> declare;
  bool speaks_with_server{true};  ///< it takes the common options, and its action is a ServerAction
  std::string alias{};            ///< another name; "": none
  bool is_hidden{false};
};

}  // namespace pm
