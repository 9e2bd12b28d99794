#include "cli/help_page.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "cli/option_text.h"
#include "cli/prepared_command.h"
#include "cli/text_width.h"

namespace pm {
namespace {

constexpr int page_width = 79;
constexpr std::size_t term_column = 2;
constexpr std::size_t option_column = 26;
constexpr std::size_t command_column = 16;

void append_paragraph(std::string& page, const std::string& text, std::size_t indent) {
  for (const auto& line : wrapped(text, page_width - static_cast<int>(indent))) {
    page += std::string(indent, ' ') + line + '\n';
  }
}

/// "  term      text", the text on lines of its own where the term is long.
void append_entry(std::string& page, const std::string& term, const std::string& text,
                  std::size_t text_column = option_column) {
  std::string entry;
  append_paragraph(entry, text, text_column);
  const auto head = std::string(term_column, ' ') + term;
  if (head.size() + 2 <= text_column) {
    entry.replace(0, head.size(), head);
    page += entry;
  } else {
    page += head + '\n' + entry;
  }
}

std::string full_text(const OptionText& option) {
  auto text = option.what;
  if (!option.choices.empty()) {
    std::string choices;
    for (const auto& choice : option.choices) choices += (choices.empty() ? "" : ", ") + choice;
    text += ": " + choices;
  }
  const bool has_default = !option.standard.empty() && option.standard != "\"\"";
  if (has_default) text += " (default " + option.standard + ")";
  if (!option.environment.empty()) text += " [" + option.environment + "]";
  return text;
}

void append_options(std::string& page, const std::string& heading,
                    const std::vector<OptionText>& options) {
  if (options.empty()) return;
  page += '\n' + heading + '\n';
  for (const auto& option : options) append_entry(page, option.spelled(), full_text(option));
}

/// In the order in which the groups are first seen, --help at the end.
void append_option_groups(std::string& page, const std::vector<OptionText>& options) {
  std::vector<std::string> groups;
  for (const auto& option : options) {
    const bool is_new = std::find(groups.begin(), groups.end(), option.group) == groups.end();
    if (is_new && option.group != help_group) groups.push_back(option.group);
  }
  groups.emplace_back(help_group);
  for (const auto& group : groups) {
    std::vector<OptionText> members;
    std::copy_if(options.begin(), options.end(), std::back_inserter(members),
                 [&](const OptionText& option) { return option.group == group; });
    append_options(page, group, members);
  }
}

void append_details(std::string& page, const std::string& details) {
  for (const auto& paragraph : paragraphs_of(details)) {
    page += '\n';
    append_paragraph(page, paragraph, 0);
  }
}

}  // namespace

const char* heading_of(CommandGroup group) {
  switch (group) {
    case CommandGroup::look:
      return "Look";
    case CommandGroup::change:
      return "Give, move and keep ports";
    case CommandGroup::conflicts:
      return "Conflicts";
    case CommandGroup::services:
      return "Services";
    case CommandGroup::archive:
      return "Save and restore";
    case CommandGroup::live:
      return "Live";
    case CommandGroup::server:
      return "The server";
    case CommandGroup::help:
      break;
  }
  return "Help";
}

std::vector<CommandGroup> all_groups() {
  return {CommandGroup::look,     CommandGroup::change,  CommandGroup::conflicts,
          CommandGroup::services, CommandGroup::archive, CommandGroup::live,
          CommandGroup::server,   CommandGroup::help};
}

std::vector<EnvironmentVariable> environment_variables() {
  return {
      {"PORTMANAGER_URL", "where the server is, instead of --url"},
      {"PORTMANAGER_TOKEN_FILE",
       "the file with the token that changes need, instead of --token-file"},
      {"PORTMANAGER_ACTOR", "who is recorded with a change, instead of --actor"},
      {"NO_COLOR", "set and not empty: output has no colour"},
  };
}

std::vector<std::string> paragraphs_of(const std::string& text) {
  std::vector<std::string> paragraphs;
  std::istringstream lines(text);
  bool is_parted = true;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) {
      is_parted = true;
      continue;
    }
    if (is_parted) {
      paragraphs.push_back(line);
    } else {
      paragraphs.back() += ' ' + line;
    }
    is_parted = false;
  }
  return paragraphs;
}

std::string overview(const std::vector<Command>& commands) {
  std::string page =
      "portmanager: the one place that knows which service has which port.\n"
      "\n"
      "Usage: portmanager COMMAND [ARGUMENT...] [OPTION...]\n";
  for (const auto group : all_groups()) {
    page += '\n' + std::string(heading_of(group)) + '\n';
    for (const auto& command : commands) {
      if (command.group == group && !command.is_hidden) {
        append_entry(page, command.name, command.summary, command_column);
      }
    }
  }
  page += "\nExit status\n";
  for (const auto& [status, text] : exit_status_meanings) {
    append_entry(page, std::to_string(static_cast<int>(status)), text, command_column);
  }
  append_paragraph(page,
                   "portmanager run ends with the status of the command that it started. What a "
                   "signal ended has 128 and the signal's number.",
                   term_column);
  page += "\nEnvironment\n";
  for (const auto& variable : environment_variables()) {
    append_entry(page, variable.name, variable.what);
  }
  page += "\nportmanager COMMAND --help tells how a command is used, with examples.\n";
  return page;
}

std::string help_page(const Command& command) {
  const PreparedCommand prepared(command);
  std::string page = command.summary + ".\n\nUsage: portmanager " + command.name + ' ' +
                     usage_of(*prepared.app) + '\n';
  if (!command.alias.empty()) page += "  also: portmanager " + command.alias + '\n';
  append_details(page, command.details);
  append_options(page, "Arguments", arguments_of(*prepared.app));
  append_option_groups(page, options_of(*prepared.app));
  page += "\nExamples\n";
  for (const auto& example : command.examples) {
    page += "  " + example.line + '\n';
    append_paragraph(page, example.what, 6);
  }
  return page;
}

}  // namespace pm
