#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "cli/commands.h"
#include "cli/help_page.h"
#include "cli/near_match.h"
#include "cli/option_text.h"
#include "cli/prepared_command.h"

namespace pm {
namespace {

using Words = std::vector<std::string>;

ExitStatus wrong(const Terminal& terminal, const std::string& what, const std::string& next_step) {
  terminal.err() << terminal.styled_for_err(Style::bad, "portmanager:") << ' ' << what << '\n'
                 << terminal.styled_for_err(Style::faint, next_step) << '\n';
  return ExitStatus::usage;
}

/// CLI11 takes a vector from its back.
void parse(CLI::App& app, Words words) {
  std::reverse(words.begin(), words.end());
  app.parse(std::move(words));
}

/// It takes the command line that follows --.
bool takes_command_line(const CLI::Option* option) {
  return option->get_positional() && option->get_type_name() == "COMMAND" &&
         option->get_expected_max() > 1;
}

/// CLI11 would take what stands behind -- for an argument that is missing before it.
void check_before_dashes(const Command& command, const Words& words) {
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes == words.end()) return;
  const PreparedCommand head(command);
  const auto rest = head.app->get_options(takes_command_line);
  if (rest.empty()) return;
  for (auto* option : rest) option->required(false);
  parse(*head.app, {words.begin(), dashes});
}

/// The words before the command: common options may stand there, too.
struct Head {
  std::string command;
  std::size_t length{0};
  bool wants_help{false};
  bool wants_version{false};
};

Head head_of(const Words& words) {
  CLI::App app;
  app.prefix_command();
  CommonOptions ignored;
  add_common_options(app, ignored);
  Head head;
  app.set_help_flag();
  app.add_flag("-h,--help", head.wants_help);
  app.add_flag("--version", head.wants_version);
  parse(app, words);
  const auto rest = app.remaining();
  head.length = words.size() - rest.size();
  if (!rest.empty()) head.command = rest.front();
  return head;
}

const Command* find(const std::vector<Command>& commands, const std::string& name) {
  const auto found = std::find_if(commands.begin(), commands.end(), [&](const Command& command) {
    return command.name == name || (!command.alias.empty() && command.alias == name);
  });
  return found == commands.end() ? nullptr : &*found;
}

ExitStatus unknown_command(const Terminal& terminal, const std::vector<Command>& commands,
                           const std::string& name) {
  Words names;
  for (const auto& command : commands) {
    if (command.is_hidden) continue;
    names.push_back(command.name);
    if (!command.alias.empty()) names.push_back(command.alias);
  }
  if (name.starts_with('-')) {
    return wrong(terminal, name + " stands before the command, where only common options may.",
                 "portmanager help lists the commands.");
  }
  const auto near = near_match(name, names);
  return wrong(terminal, "There is no command \"" + name + "\".",
               (near ? "Did you mean portmanager " + *near + "? " : std::string()) +
                   "portmanager help lists the commands.");
}

std::string near_option(const CLI::App& app, const std::string& word) {
  Words names;
  for (const auto& option : options_of(app)) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  const auto near = near_match(word.substr(0, word.find('=')), names);
  return near ? "Did you mean " + *near + "? " : std::string();
}

ExitStatus not_understood(const Terminal& terminal, const Command& command, const CLI::App& app,
                          const CLI::ParseError& error) {
  const auto usage = "portmanager " + command.name + " --help tells how it is used.";
  const auto extras = app.remaining();
  if (!extras.empty() && dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const auto& word = extras.front();
    const bool is_option = word.size() > 1 && word.front() == '-';
    return wrong(terminal,
                 command.name + " takes no " + (is_option ? "option " : "argument ") + word + ".",
                 (word.starts_with("--") ? near_option(app, word) : std::string()) + usage);
  }
  const bool is_missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  return wrong(terminal, command.name + ": " + error.what() + ".",
               (is_missing ? "The usage is portmanager " + command.name + ' ' + usage_of(app) + ". "
                           : std::string()) +
                   usage);
}

ExitStatus with_session(const ServerAction& action, const CommonOptions& common,
                        const Terminal& terminal) {
  ApiClient::Options options{common.url, common.token_file, common.actor};
  if (options.actor.empty()) options.actor = default_actor();
  auto api = ApiClient::make(options);
  if (!api) {
    wrong(terminal, api.error().message, api.error().next_step);
    return api.error().status;
  }
  Session session(terminal, common, std::move(*api));
  return action(session);
}

Colour colour_of(const CommonOptions& common) {
  if (common.colour == "always") return Colour::always;
  return common.colour == "never" ? Colour::never : Colour::automatic;
}

ExitStatus run(const Command& command, const Words& words, Terminal terminal) {
  PreparedCommand prepared(command);
  try {
    check_before_dashes(command, words);
    parse(*prepared.app, words);
  } catch (const CLI::CallForHelp&) {
    terminal.out() << help_page(command);
    return ExitStatus::done;
  } catch (const CLI::ParseError& e) {
    return not_understood(terminal, command, *prepared.app, e);
  }
  terminal.set_colour(colour_of(prepared.common));
  if (const auto* action = std::get_if<ServerAction>(&prepared.action)) {
    return with_session(*action, prepared.common, terminal);
  }
  return std::get<LocalAction>(prepared.action)(terminal);
}

ExitStatus serve(const Command& command, const Words& words, const ProgramParts& program,
                 const Terminal& terminal) {
  const auto asks = [](const std::string& word) { return word == "-h" || word == "--help"; };
  if (std::any_of(words.begin(), words.end(), asks)) {
    terminal.out() << help_page(command);
    return ExitStatus::done;
  }
  std::vector<const char*> arguments{"serve"};
  for (const auto& word : words) arguments.push_back(word.c_str());
  const auto parsed = parse_serve(static_cast<int>(arguments.size()), arguments.data());
  if (const auto* status = std::get_if<ExitStatus>(&parsed)) return *status;
  return program.serve(std::get<ServeOptions>(parsed));
}

ExitStatus dispatch(const Words& words, const ProgramParts& program, const Terminal& terminal) {
  const auto commands = all_commands(program);
  Head head;
  try {
    head = head_of(words);
  } catch (const CLI::ParseError& e) {
    return wrong(terminal, std::string(e.what()) + ".", "portmanager help lists the commands.");
  }
  if (head.wants_version) {
    terminal.out() << "portmanager " << program.version << '\n';
    return ExitStatus::done;
  }
  if (head.wants_help) {
    terminal.out() << overview(commands);
    return ExitStatus::done;
  }
  if (head.command.empty()) {
    terminal.err() << overview(commands);
    return ExitStatus::usage;
  }
  const auto* command = find(commands, head.command);
  if (!command) return unknown_command(terminal, commands, head.command);
  auto rest = words;
  rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(head.length));
  if (command->name == "serve") return serve(*command, rest, program, terminal);
  return run(*command, rest, terminal);
}

}  // namespace

ExitStatus run_command_line(const std::vector<std::string>& words, const ProgramParts& program,
                            Terminal terminal) {
  const auto status = dispatch(words, program, terminal);
  terminal.out().flush();
  if (terminal.out()) return status;
  terminal.err() << "portmanager: stdout could not be written.\n";
  return status == ExitStatus::done ? ExitStatus::failed : status;
}

}  // namespace pm
