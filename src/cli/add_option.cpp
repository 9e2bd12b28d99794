#include "cli/add_option.h"

#include <algorithm>
#include <cctype>

namespace pm {

std::string environment_name(const std::string& flag) {
  std::string name = "PORTMANAGER_" + flag.substr(2);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
    return c == '-' ? '_' : static_cast<char>(std::toupper(c));
  });
  return name;
}

CLI::Option* add_milliseconds(CLI::App& app, const std::string& flag, int& value,
                              const std::string& help) {
  return add(app, flag, value, help)->check(CLI::Range(1, 3'600'000));
}

CLI::Validator zero_or(int least, int most) {
  return {[=](std::string& text) {
            return text == "0" ? std::string() : CLI::Range(least, most)(text);
          },
          "0 or " + std::to_string(least) + "-" + std::to_string(most)};
}

}  // namespace pm
