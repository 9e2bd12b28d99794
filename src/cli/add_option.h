#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace pm {

/// "--data-dir" is PORTMANAGER_DATA_DIR in the environment and data-dir in the file.
std::string environment_name(const std::string& flag);

template <typename Value>
CLI::Option* add(CLI::App& app, const std::string& flag, Value& value, const std::string& help) {
  return app.add_option(flag, value, help)->envname(environment_name(flag))->capture_default_str();
}

/// From a millisecond to an hour.
CLI::Option* add_milliseconds(CLI::App& app, const std::string& flag, int& value,
                              const std::string& help);

/// An interval of 0 turns something off.
CLI::Validator zero_or(int least, int most);

}  // namespace pm
