#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <wordexp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <set>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/help_page.h"
#include "cli/man_page.h"
#include "cli/option_text.h"
#include "cli/prepared_command.h"
#include "cli/terminal_support.h"

namespace pm::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

struct Outcome {
  ExitStatus status;
  std::string out;
  std::string err;
};

class CommandLine : public testing::Test {
 protected:
  Outcome run(const std::vector<std::string>& words) const {
    TerminalOnStrings there;
    const auto status = run_command_line(words, program_, there.terminal());
    return {status, there.out(), there.err()};
  }
  void expect_usage(const std::vector<std::string>& words, const std::string& fault) const {
    const auto outcome = run(words);
    EXPECT_EQ(outcome.status, ExitStatus::usage) << words.back();
    EXPECT_THAT(outcome.err, HasSubstr(fault));
    EXPECT_THAT(outcome.out, IsEmpty());
  }
  std::vector<Command> commands() const { return all_commands(program_); }

  mutable int served_port_{-1};
  ProgramParts program_{"1.2.3",
                        [this](const ServeOptions& options) {
                          served_port_ = options.port;
                          return ExitStatus::done;
                        },
                        [](const std::filesystem::path&) -> Expected<void> { return {}; },
                        [](const std::filesystem::path&) { return std::optional<std::string>(); }};
};

TEST_F(CommandLine, TellsItsVersion) {
  EXPECT_EQ(run({"version"}).out, "portmanager 1.2.3\n");
  EXPECT_EQ(run({"--version"}).out, "portmanager 1.2.3\n");
  EXPECT_EQ(run({"--version"}).status, ExitStatus::done);
}

TEST_F(CommandLine, HelpNamesEveryCommandAndExitStatus) {
  const auto help = run({"help"});
  EXPECT_EQ(help.status, ExitStatus::done);
  for (const auto& command : commands()) {
    EXPECT_THAT(help.out, HasSubstr("\n  " + command.name + " "));
  }
  for (const auto& [status, text] : exit_status_meanings) {
    EXPECT_THAT(help.out, HasSubstr("\n  " + std::to_string(static_cast<int>(status)) + " "));
  }
  EXPECT_EQ(run({"--help"}).out, help.out);
  EXPECT_EQ(run({"-h"}).out, help.out);
}

TEST_F(CommandLine, WithoutACommandHelpIsOnStderr) {
  expect_usage({}, "Usage: portmanager COMMAND");
  expect_usage({"--json"}, "Usage: portmanager COMMAND");
}

TEST_F(CommandLine, TheHelpOfACommandTeaches) {
  for (const auto& command : commands()) {
    const auto help = run({command.name, "--help"});
    EXPECT_EQ(help.status, ExitStatus::done);
    EXPECT_THAT(help.out, StartsWith(command.summary + ".\n\nUsage: portmanager " + command.name));
    EXPECT_THAT(help.out, HasSubstr("\nExamples\n  ")) << command.name;
    EXPECT_EQ(run({"help", command.name}).out, help.out);
    if (!command.alias.empty()) {
      EXPECT_EQ(run({command.alias, "--help"}).out, help.out);
    }
  }
}

TEST_F(CommandLine, NoLineOfHelpIsWiderThanATerminal) {
  auto pages = run({"help"}).out;
  for (const auto& command : commands()) pages += run({"help", command.name}).out;
  std::istringstream lines(pages);
  for (std::string line; std::getline(lines, line);) {
    const bool is_example = line.starts_with("  portmanager");
    if (!is_example) {
      EXPECT_LE(line.size(), 80U) << line;
    }
  }
}

TEST_F(CommandLine, EveryExampleIsUnderstood) {
  int examples = 0;
  for (const auto& command : commands()) {
    ASSERT_FALSE(command.examples.empty()) << command.name;
    for (const auto& example : command.examples) {
      const auto& line = example.line;
      EXPECT_THAT(line, HasSubstr("portmanager " + command.name));
      if (!line.starts_with("portmanager " + command.name) ||
          line.find_first_of("|<>") != std::string::npos) {
        continue;
      }
      wordexp_t words{};
      ASSERT_EQ(::wordexp(line.c_str(), &words, WRDE_NOCMD), 0) << line;
      std::vector<std::string> reversed(words.we_wordv + 2, words.we_wordv + words.we_wordc);
      // The file has to be there.
      std::replace(reversed.begin(), reversed.end(), std::string("port_config.json"),
                   std::string(PM_SOURCE_DIR "/config/port_config.json"));
      std::reverse(reversed.begin(), reversed.end());
      ::wordfree(&words);
      const PreparedCommand prepared(command);
      EXPECT_NO_THROW(prepared.app->parse(reversed)) << line;
      ++examples;
    }
  }
  EXPECT_GT(examples, 40);
}

TEST_F(CommandLine, AMistypedCommandBringsANearOneToMind) {
  expect_usage({"lsit"}, "There is no command \"lsit\".\nDid you mean portmanager list?");
  expect_usage({"availble"}, "Did you mean portmanager available?");
  expect_usage({"--url", "http://x", "reasign"}, "Did you mean portmanager reassign?");
  expect_usage({"help", "reasign"}, "Did you mean portmanager help reassign?");
  expect_usage({"destroy"}, "There is no command \"destroy\".\nportmanager help lists");
}

TEST_F(CommandLine, AMistypedOptionBringsANearOneToMind) {
  expect_usage({"list", "--jsno"}, "list takes no option --jsno.\nDid you mean --json?");
  expect_usage({"assign", "x", "--protcol=tcp"}, "Did you mean --protocol?");
  expect_usage({"list", "-z"}, "list takes no option -z.\nportmanager list --help");
  expect_usage({"list", "stray"}, "list takes no argument stray.");
  expect_usage({"--frob", "list"}, "--frob stands before the command");
}

TEST_F(CommandLine, WrongArgumentsAreRefusedBeforeAnyoneIsAsked) {
  expect_usage({"get"}, "service is required");
  expect_usage({"assign", "x", "70000"}, "70000");
  expect_usage({"assign", "x", "high"}, "high");
  expect_usage({"who", "0"}, "0");
  expect_usage({"list", "--sort", "colour"}, "colour");
  expect_usage({"list", "--json", "--quiet"}, "--json");
  expect_usage({"list", "--color", "perhaps"}, "perhaps");
  expect_usage({"reserve", "8050", "--for", "x"}, "--hold");
  expect_usage({"reserve", "--expires", "soon"}, "soon");
  expect_usage({"reserve", "80-70"}, "neither a port nor LO-HI");
  expect_usage({"status", "--now"}, "service");
  expect_usage({"conflicts", "--since", "2026-03-01T00:00:00Z"}, "--history");
  expect_usage({"register", "x", "--port", "1", "--current-port", "2"}, "--port");
  expect_usage({"bulk-update", "x"}, "\"x\" is not SERVICE=PORT");
  expect_usage({"bulk-update", "x=8000", "x=8001"}, "named twice");
  expect_usage({"run", "x"}, "command is required");
  expect_usage({"export", "--watch"}, "--output");
  expect_usage({"export", "--exec", "true"}, "--output");
  expect_usage({"completion", "tcsh"}, "tcsh");
  expect_usage({"top"}, "there is none");
  expect_usage({"list", "--url", "nowhere"}, "\"nowhere\" is not the URL of a server");
}

TEST_F(CommandLine, ServeIsHandedItsOptions) {
  EXPECT_EQ(run({"serve", "--port", "8200"}).status, ExitStatus::done);
  EXPECT_EQ(served_port_, 8200);
  EXPECT_THAT(run({"serve", "--help"}).out, HasSubstr("PORTMANAGER_DATA_DIR"));
}

TEST_F(CommandLine, WhatFollowsTwoDashesIsTheCommandsOwn) {
  for (const auto& command : commands()) {
    if (command.name != "run") continue;
    const PreparedCommand prepared(command);
    prepared.app->parse(
        std::vector<std::string>{"--", "list", "--json", "-c", "sh", "--", "top", "--quiet"});
    EXPECT_TRUE(prepared.common.quiet);
    EXPECT_FALSE(prepared.common.json);
    EXPECT_THAT(prepared.app->get_option("command")->results(),
                ElementsAre("sh", "-c", "--json", "list", "--"));
    EXPECT_THAT(prepared.app->get_option("service")->results(), ElementsAre("top"));
  }
}

TEST_F(CommandLine, StdoutThatCannotBeWrittenIsAFailure) {
  std::ofstream full("/dev/full");
  std::ostringstream err;
  EXPECT_EQ(run_command_line({"version"}, program_, Terminal(full, err, {})), ExitStatus::failed);
  EXPECT_THAT(err.str(), HasSubstr("stdout could not be written"));
}

TEST_F(CommandLine, NoNameIsThereTwice) {
  std::set<std::string> names;
  for (const auto& command : commands()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    if (!command.alias.empty()) {
      EXPECT_TRUE(names.insert(command.alias).second);
    }
    EXPECT_THAT(command.summary, Not(testing::EndsWith(".")));
  }
}

TEST_F(CommandLine, TheManualPageHasEveryCommandAndOption) {
  const auto page = man_page(commands(), "1.2.3");
  EXPECT_THAT(page, HasSubstr(".TH PORTMANAGER 1 \"\" \"portmanager 1.2.3\""));
  for (const auto& command : commands()) {
    EXPECT_THAT(page, HasSubstr(".SS \"portmanager "));
    const PreparedCommand prepared(command);
    for (const auto& option : options_of(*prepared.app)) {
      if (option.group == help_group) continue;
      std::string name = option.names.back();
      for (std::size_t at = 0; (at = name.find('-', at)) != std::string::npos; at += 2) {
        name.replace(at, 1, "\\-");
      }
      EXPECT_THAT(page, HasSubstr(name)) << command.name;
    }
  }
}

TEST_F(CommandLine, CompletionScriptsHaveEveryCommandAndOption) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = run({"completion", shell}).out;
    EXPECT_EQ(script, completion_script(shell, commands()));
    for (const auto& command : commands()) {
      EXPECT_THAT(script, HasSubstr(command.name)) << shell;
    }
    EXPECT_THAT(script, HasSubstr("dry-run")) << shell;
  }
}

TEST(OptionTexts, AreReadFromTheApp) {
  CLI::App app;
  std::string service;
  std::vector<std::string> words;
  int count = 3;
  bool flag = false;
  app.add_option("service", service, "The service")->type_name("SERVICE")->required();
  app.add_option("words", words, "Words")->type_name("WORD");
  app.add_option("-n,--count", count, "How many")
      ->type_name("COUNT")
      ->check(CLI::Range(1, 9))
      ->envname("PM_COUNT")
      ->capture_default_str();
  app.add_flag("--flag", flag, "A flag");
  app.add_option("--mode", service, "How")->check(CLI::IsMember({"a", "b"}));
  app.add_option("--secret", service, "Hidden")->group("");
  app.add_option("--file", service, "A file")->check(CLI::ExistingFile);
  const auto arguments = arguments_of(app);
  ASSERT_EQ(arguments.size(), 2U);
  EXPECT_EQ(arguments[0].spelled(), "SERVICE");
  EXPECT_TRUE(arguments[0].is_required);
  EXPECT_TRUE(arguments[1].is_repeated);
  const auto options = options_of(app);
  ASSERT_EQ(options.size(), 5U) << "with --help, without the hidden one";
  EXPECT_EQ(options[1].spelled(), "-n, --count COUNT");
  EXPECT_EQ(options[1].standard, "3");
  EXPECT_EQ(options[1].environment, "PM_COUNT");
  EXPECT_EQ(options[2].spelled(), "--flag");
  EXPECT_EQ(options[2].value, "");
  EXPECT_THAT(options[3].choices, ElementsAre("a", "b"));
  EXPECT_EQ(options[4].value, "FILE");
  EXPECT_EQ(usage_of(app), "SERVICE [WORD...] [OPTION...]");
}

TEST(Paragraphs, ArePartedByAnEmptyLine) {
  EXPECT_THAT(paragraphs_of("a\nb\n\nc"), ElementsAre("a b", "c"));
  EXPECT_THAT(paragraphs_of(""), IsEmpty());
}

}  // namespace
}  // namespace pm::test
