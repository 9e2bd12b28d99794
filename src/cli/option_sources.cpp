#include "cli/option_sources.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <sstream>

#include "cli/near_match.h"

namespace pm {
namespace {

/// "port" of "  port = 8100"; "" of what names nothing.
std::string key_of(const std::string& line) {
  constexpr const char* blanks = " \t\r\"";
  const auto key = line.substr(0, line.find('='));
  const auto begin = key.find_first_not_of(blanks);
  if (begin == std::string::npos) return {};
  return key.substr(begin, key.find_last_not_of(blanks) + 1 - begin);
}

}  // namespace

/// CLI11's reader of TOML, which knows no lines and refuses a key without saying where it stands.
class TomlText : public CLI::ConfigTOML {
 public:
  explicit TomlText(const CLI::App& app) : app_(app) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    text_.assign(std::istreambuf_iterator<char>(input), {});
    std::istringstream whole(text_);
    auto given = CLI::ConfigTOML::from_config(whole);
    for (const auto& item : given) check(item);
    return given;
  }

  /// "line 3", or nothing when no line gives the key.
  std::optional<std::string> place_of(const std::string& key) const {
    std::istringstream lines(text_);
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      const bool is_blank = line.find_first_not_of(" \t\r") == std::string::npos;
      if (!is_blank && key_of(line) == key) return "line " + std::to_string(number);
    }
    return std::nullopt;
  }

 private:
  void check(const CLI::ConfigItem& item) const {
    const bool is_mark_of_section = item.name == "++" || item.name == "--";
    const auto key = item.fullname();
    if (is_mark_of_section || app_.get_option_no_throw("--" + key) != nullptr) return;
    std::vector<std::string> keys;
    for (const auto* option : app_.get_options()) {
      if (!option->get_envname().empty()) keys.push_back(option->get_name().substr(2));
    }
    const auto place = place_of(item.name);
    const auto near = near_match(key, keys);
    throw CLI::ConfigError((place ? *place + ": " : std::string()) + "there is no option \"" + key +
                           "\"" + (near ? "; did you mean " + *near + "?" : ""));
  }

  const CLI::App& app_;
  mutable std::string text_;
};

OptionSources::OptionSources(CLI::App& app) : app_(app), file_(std::make_shared<TomlText>(app)) {
  app_.config_formatter(file_);
}

OptionSources::~OptionSources() = default;

/// CLI11 would ask the environment last, after the file.
std::vector<std::string> OptionSources::words(int argc, const char* const* argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  for (const auto& word : words) on_line_.insert(word.substr(0, word.find('=')));
  for (const auto* option : app_.get_options()) {
    const auto flag = option->get_name();
    const char* value =
        option->get_envname().empty() ? nullptr : std::getenv(option->get_envname().c_str());
    if (!value || on_line_.contains(flag)) continue;
    in_environment_.insert(flag);
    // CLI11 takes the next word for the value of "--flag=".
    if (*value == '\0') {
      words.insert(words.end(), {flag, ""});
    } else {
      words.push_back(flag + "=" + value);
    }
  }
  std::reverse(words.begin(), words.end());
  return words;
}

std::string OptionSources::name_of(const std::string& flag) const {
  const auto* option = app_.get_option_no_throw(flag);
  if (!option || on_line_.contains(flag)) return flag;
  if (in_environment_.contains(flag)) return option->get_envname();
  const auto key = flag.substr(2);
  const auto place = file_->place_of(key);
  if (!place) return flag;
  return app_.get_config_ptr()->as<std::string>() + ", " + *place + ": " + key;
}

std::string OptionSources::told(const std::string& fault) const {
  const auto begin = fault.find("--");
  if (begin == std::string::npos) return fault;
  auto end = begin;
  while (end < fault.size() &&
         (fault[end] == '-' || std::isalnum(static_cast<unsigned char>(fault[end])))) {
    ++end;
  }
  return fault.substr(0, begin) + name_of(fault.substr(begin, end - begin)) + fault.substr(end);
}

}  // namespace pm
