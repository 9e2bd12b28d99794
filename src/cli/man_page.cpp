#include "cli/man_page.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/help_page.h"
#include "cli/option_text.h"
#include "cli/prepared_command.h"

namespace pm {
namespace {

/// Text as roff takes it: hyphens that are typed as such, no line that looks like a request.
std::string roff(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else if (c == '~') {
      result += "\\(ti";
    } else if (c == '^') {
      result += "\\(ha";
    } else if (c == '`') {
      result += "\\(ga";
    } else if (c == '\'') {
      result += "\\(aq";
    } else {
      result += c;
    }
  }
  if (result.starts_with('.')) result.insert(0, "\\&");
  return result;
}

/// The argument of a macro, in quotes.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : roff(text)) result += c == '"' ? std::string("\\(dq") : std::string(1, c);
  return result + "\"";
}

void append_paragraphs(std::string& page, const std::string& text) {
  for (const auto& paragraph : paragraphs_of(text)) page += ".PP\n" + roff(paragraph) + "\n";
}

void append_entry(std::string& page, const std::string& term, const std::string& text) {
  page += ".TP\n.B " + quoted(term) + "\n" + roff(text) + "\n";
}

std::string description_of(const OptionText& option) {
  auto text = option.what;
  if (!option.choices.empty()) {
    std::string choices;
    for (const auto& choice : option.choices) choices += (choices.empty() ? "" : ", ") + choice;
    text += ": " + choices;
  }
  text += ".";
  const bool has_default = !option.standard.empty() && option.standard != "\"\"";
  if (has_default) text += " By default " + option.standard + ".";
  if (!option.environment.empty()) text += " Environment: " + option.environment + ".";
  return text;
}

constexpr const char* common_group = "Common options";

bool is_common(const OptionText& option) {
  return option.group == common_group;
}

/// Whatever their group in the help: those of serve have several.
bool is_own(const OptionText& option) {
  return !is_common(option) && option.group != help_group;
}

void append_options(std::string& page, const std::vector<OptionText>& options,
                    bool (*wanted)(const OptionText&)) {
  for (const auto& option : options) {
    if (wanted(option)) append_entry(page, option.spelled(), description_of(option));
  }
}

void append_command(std::string& page, const Command& command) {
  const PreparedCommand prepared(command);
  page += ".SS " + quoted("portmanager " + command.name + " " + usage_of(*prepared.app)) + "\n";
  page += roff(command.summary) + ".\n";
  if (!command.alias.empty()) page += "Also: portmanager " + roff(command.alias) + ".\n";
  append_paragraphs(page, command.details);
  for (const auto& argument : arguments_of(*prepared.app)) {
    append_entry(page, argument.spelled(), description_of(argument));
  }
  append_options(page, options_of(*prepared.app), is_own);
  for (const auto& example : command.examples) {
    page += ".PP\n.EX\n" + roff(example.line) + "\n.EE\n.RS 4\n" + roff(example.what) + "\n.RE\n";
  }
}

void append_common_options(std::string& page, const std::vector<Command>& commands) {
  const auto speaking = std::find_if(commands.begin(), commands.end(), [](const Command& command) {
    return command.speaks_with_server;
  });
  if (speaking == commands.end()) return;
  page +=
      ".SH OPTIONS\nCommands that speak with the server take these, before the command's name "
      "or after it.\n";
  const PreparedCommand prepared(*speaking);
  append_options(page, options_of(*prepared.app), is_common);
}

void append_head(std::string& page, const std::string& version) {
  page += ".\\\" Made by portmanager itself, from the same text as its help.\n";
  page += ".TH PORTMANAGER 1 \"\" " + quoted("portmanager " + version) + " \"User Commands\"\n";
  // Paths and lists of options cannot be stretched to a line.
  page += ".ad l\n";
  page += ".SH NAME\nportmanager \\- knows which service has which port\n";
  page += ".SH SYNOPSIS\n.B portmanager\n.I COMMAND\n.RI [ ARGUMENT ...]\n.RI [ OPTION ...]\n";
  page +=
      ".SH DESCRIPTION\nPort Manager is the one place that knows which service of a suite has "
      "which "
      "port.\nIt gives ports out, checks each against the kernel, notices strangers on a "
      "service\\(aqs port, and moves running services.\n.PP\n"
      "This program is the server and its command line. The commands are clients of the "
      "server\\(aqs "
      "REST interface, but for those that say otherwise.\n";
}

}  // namespace

std::string man_page(const std::vector<Command>& commands, const std::string& version) {
  std::string page;
  append_head(page, version);
  append_common_options(page, commands);
  page += ".SH COMMANDS\n";
  for (const auto& command : commands) {
    if (!command.is_hidden) append_command(page, command);
  }
  page += ".SH EXIT STATUS\n";
  for (const auto& [status, text] : exit_status_meanings) {
    append_entry(page, std::to_string(static_cast<int>(status)), std::string(text) + ".");
  }
  page +=
      ".PP\nportmanager run ends with the status of the command that it started. What a signal "
      "ended has 128 and the signal\\(aqs number.\n";
  page += ".SH ENVIRONMENT\n";
  for (const auto& variable : environment_variables()) {
    append_entry(page, variable.name, std::string(variable.what) + ".");
  }
  page += ".SH SEE ALSO\n.BR sqlite3 (1),\n.BR ss (8),\n.BR sysctl (8)\n";
  return page;
}

}  // namespace pm
