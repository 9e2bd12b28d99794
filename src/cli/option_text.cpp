#include "cli/option_text.h"

#include <CLI/CLI.hpp>
#include <sstream>

namespace pm {
namespace {

/// "PORT:INT in [1 - 65535]" is "PORT": what validators add is for messages, but for "TEXT:FILE".
std::string value_name(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return {};
  const auto name = option.get_type_name();
  if (name.ends_with(":FILE")) return "FILE";
  return name.empty() ? "TEXT" : name.substr(0, name.find(':'));
}

/// The members of "TEXT:{auto,always,never}".
std::vector<std::string> choices_of(const CLI::Option& option) {
  const auto name = option.get_type_name();
  const auto begin = name.find('{');
  const auto end = name.rfind('}');
  std::vector<std::string> choices;
  if (begin == std::string::npos || end == std::string::npos) return choices;
  std::istringstream list(name.substr(begin + 1, end - begin - 1));
  for (std::string choice; std::getline(list, choice, ',');) choices.push_back(choice);
  return choices;
}

OptionText text_of_option(const CLI::Option& option) {
  OptionText text;
  for (const auto& name : option.get_snames()) text.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) text.names.push_back("--" + name);
  text.value = value_name(option);
  text.choices = choices_of(option);
  text.what = option.get_description();
  text.standard = option.get_default_str();
  // CLI11 writes lists as [a,b]; on the command line they have no brackets.
  if (text.standard.starts_with('[') && text.standard.ends_with(']')) {
    text.standard = text.standard.substr(1, text.standard.size() - 2);
  }
  text.environment = option.get_envname();
  text.group = option.get_group();
  text.is_required = option.get_required();
  text.is_repeated = option.get_expected_max() > 1;
  return text;
}

std::vector<OptionText> texts_of(const CLI::App& app, bool positional) {
  std::vector<OptionText> texts;
  for (const auto* option : app.get_options()) {
    const bool is_wanted = option->get_positional() == positional && !option->get_group().empty();
    if (is_wanted) texts.push_back(text_of_option(*option));
  }
  return texts;
}

}  // namespace

std::string OptionText::spelled() const {
  std::string spelled;
  for (const auto& name : names) spelled += (spelled.empty() ? "" : ", ") + name;
  if (value.empty()) return spelled;
  return spelled + (spelled.empty() ? "" : " ") + value;
}

std::vector<OptionText> arguments_of(const CLI::App& app) {
  return texts_of(app, true);
}

std::vector<OptionText> options_of(const CLI::App& app) {
  return texts_of(app, false);
}

std::string usage_of(const CLI::App& app) {
  std::string usage;
  for (const auto& argument : arguments_of(app)) {
    const auto name = argument.value + (argument.is_repeated ? "..." : "");
    const bool follows_dashes = argument.value == "COMMAND" && argument.is_repeated;
    if (follows_dashes) usage += "-- ";
    usage += (argument.is_required ? name : "[" + name + "]") + " ";
  }
  return usage + "[OPTION...]";
}

}  // namespace pm
