#pragma once

#include <optional>
#include <string>

namespace CLI {
class App;
class Option;
class Validator;
}  // namespace CLI

namespace pm {

/// Arguments and options that several commands have, so that they read and are completed alike.
/// The values must outlive the App.

CLI::Option* add_service(CLI::App& app, std::string& service_id);
/// A port that a service may have: the bounds of docs/api.md.
CLI::Validator assignable_port();
/// One that may be left out.
CLI::Option* add_port(CLI::App& app, std::optional<int>& port, const std::string& what);
void add_reason(CLI::App& app, std::string& reason);
void add_range(CLI::App& app, std::string& range, const std::string& what);
void add_protocol(CLI::App& app, std::string& protocol);
void add_force(CLI::App& app, bool& force);
CLI::Option* add_limit(CLI::App& app, int& limit, const std::string& what);

}  // namespace pm
