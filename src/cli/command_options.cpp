#include "cli/command_options.h"

#include <CLI/CLI.hpp>

#include "domain/port.h"

namespace pm {

CLI::Option* add_service(CLI::App& app, std::string& service_id) {
  return app.add_option("service", service_id, "The service's id")->type_name("SERVICE");
}

CLI::Validator assignable_port() {
  return CLI::Range(static_cast<int>(Port::lowest), static_cast<int>(Port::highest));
}

CLI::Option* add_port(CLI::App& app, std::optional<int>& port, const std::string& what) {
  return app.add_option("port", port, what)->type_name("PORT")->check(assignable_port());
}

void add_reason(CLI::App& app, std::string& reason) {
  app.add_option("--reason", reason, "Why: it is kept in the history")->type_name("TEXT");
}

void add_range(CLI::App& app, std::string& range, const std::string& what) {
  app.add_option("--range", range, what + ": a category, or LO-HI")->type_name("RANGE");
}

void add_protocol(CLI::App& app, std::string& protocol) {
  app.add_option("--protocol", protocol, "Of the port")
      ->check(CLI::IsMember({"tcp", "udp"}))
      ->capture_default_str();
}

void add_force(CLI::App& app, bool& force) {
  app.add_flag("--force", force,
               "Pass over another holder, a reservation, the suite's range and the kernel's word; "
               "the port is contested then");
}

CLI::Option* add_limit(CLI::App& app, int& limit, const std::string& what) {
  return app.add_option("-n,--limit", limit, what)
      ->type_name("COUNT")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
}

}  // namespace pm
