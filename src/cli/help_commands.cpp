#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <ostream>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/help_page.h"
#include "cli/man_page.h"
#include "cli/near_match.h"

namespace pm {
namespace {

struct HelpOptions {
  std::string command;
  bool man{false};
};

ExitStatus help(const ProgramParts& program, const HelpOptions& options, const Terminal& terminal) {
  const auto commands = all_commands(program);
  if (options.man) {
    terminal.out() << man_page(commands, program.version);
    return ExitStatus::done;
  }
  if (options.command.empty()) {
    terminal.out() << overview(commands);
    return ExitStatus::done;
  }
  std::vector<std::string> names;
  for (const auto& command : commands) {
    if (command.name == options.command || command.alias == options.command) {
      terminal.out() << help_page(command);
      return ExitStatus::done;
    }
    names.push_back(command.name);
  }
  const auto near = near_match(options.command, names);
  terminal.err() << "portmanager: There is no command \"" << options.command << "\"."
                 << (near ? " Did you mean portmanager help " + *near + "?" : std::string())
                 << '\n';
  return ExitStatus::usage;
}

Command help_command(const ProgramParts& program) {
  return {.name = "help",
          .group = CommandGroup::help,
          .summary = "Tell what there is, or how a command is used",
          .details = "",
          .examples = {{"portmanager help", "All commands, exit statuses and the environment."},
                       {"portmanager help reassign", "How reassign is used."}},
          .declare = [&program](CLI::App& app) -> Action {
            auto options = std::make_shared<HelpOptions>();
            app.add_option("command", options->command, "The command")->type_name("SUBCOMMAND");
            app.add_flag("--man", options->man, "Print the manual page, as roff")->group("");
            return LocalAction([&program, options](const Terminal& terminal) {
              return help(program, *options, terminal);
            });
          },
          .speaks_with_server = false};
}

Command version_command(const ProgramParts& program) {
  return {.name = "version",
          .group = CommandGroup::help,
          .summary = "Print the program's version",
          .details = "The server's own is in portmanager doctor.",
          .examples = {{"portmanager version", "Also: portmanager --version"}},
          .declare = [&program](CLI::App&) -> Action {
            return LocalAction([&program](const Terminal& terminal) {
              terminal.out() << "portmanager " << program.version << '\n';
              return ExitStatus::done;
            });
          },
          .speaks_with_server = false};
}

Command completion_command(const ProgramParts& program) {
  return {.name = "completion",
          .group = CommandGroup::help,
          .summary = "Print a completion script for a shell",
          .details =
              "It completes commands, options and their values, and the services that the server "
              "knows.",
          .examples = {{"source <(portmanager completion bash)", "For this bash."},
                       {"portmanager completion zsh > ~/.zfunc/_portmanager",
                        "For zsh, where fpath has ~/.zfunc before compinit is called."},
                       {"portmanager completion fish > ~/.config/fish/completions/portmanager.fish",
                        "For fish, from now on."}},
          .declare = [&program](CLI::App& app) -> Action {
            auto shell = std::make_shared<std::string>();
            app.add_option("shell", *shell, "The shell")
                ->type_name("SHELL")
                ->check(CLI::IsMember({"bash", "zsh", "fish"}))
                ->required();
            return LocalAction([&program, shell](const Terminal& terminal) {
              terminal.out() << completion_script(*shell, all_commands(program));
              return ExitStatus::done;
            });
          },
          .speaks_with_server = false};
}

}  // namespace

std::vector<Command> help_commands(const ProgramParts& program) {
  return {help_command(program), completion_command(program), version_command(program)};
}

}  // namespace pm
