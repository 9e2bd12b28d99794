#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace pm {

/// An argument or option as help, man page and completion tell it.
struct OptionText {
  std::vector<std::string> names;  ///< "-q", "--quiet"; of an argument none
  std::string value;               ///< "PORT"; "" for a flag
  std::vector<std::string> choices;
  std::string what;
  std::string standard;     ///< its default; "" when there is none
  std::string environment;  ///< the variable that it is read from, too
  std::string group;
  bool is_required{false};
  bool is_repeated{false};

  /// "-q, --quiet", "--port PORT", "SERVICE"
  std::string spelled() const;
};

/// In the order in which they were added; hidden ones are left out.
std::vector<OptionText> arguments_of(const CLI::App& app);
std::vector<OptionText> options_of(const CLI::App& app);

/// "SERVICE [PORT]" and "[OPTION...]", as a usage line has them.
std::string usage_of(const CLI::App& app);

}  // namespace pm
