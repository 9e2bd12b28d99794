#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "cli/exit_status.h"
#include "cli/upstream_flags.h"
#include "domain/registry.h"

namespace CLI {
class App;
}

namespace pm {

/// What `portmanager serve` is told, by flags, environment and TOML file; in that order the earlier
/// wins. config/portmanager.toml documents each.
struct ServeOptions {
  std::string host{"127.0.0.1"};
  int port{8100};
  std::string data_dir{"data"};
  std::string import_file;
  std::string log_level{"info"};
  std::string log_format{"text"};
  std::string range{"8000-9000"};
  std::vector<std::string> categories{"foundation=8000-8009", "strategic=8010-8019",
                                      "business=8020-8029"};
  std::string auth_token_file;
  std::vector<std::string> allowed_origins;
  std::vector<std::string> allowed_hosts;
  std::string host_pattern{"127.0.0.1"};
  std::string self_id{"itechsmart-port-manager"};
  int update_timeout_ms{10'000};
  int restart_timeout_ms{10'000};
  int health_timeout_ms{5'000};
  int come_up_timeout_ms{30'000};
  int old_port_timeout_ms{10'000};
  int header_timeout_ms{10'000};
  int body_timeout_ms{30'000};
  int keep_alive_timeout_ms{60'000};
  int websocket_ping_ms{30'000};
  int scan_interval_ms{2'000};     ///< 0: the kernel is not watched
  int health_interval_ms{30'000};  ///< 0: the services are not asked
  int cooldown_ms{60'000};
  std::string auto_resolve{"off"};
  int http_threads{2};
  UpstreamFlags upstream;

  /// The range and the categories, checked.
  Expected<SuiteConfig> suite() const;
};

/// Adds what `portmanager serve` takes; the App writes into the options.
void add_serve_options(CLI::App& app, ServeOptions& options);

/// To serve, or nothing more than the exit status: help and mistakes have been answered.
using ServeLine = std::variant<ServeOptions, ExitStatus>;

/// Reads the command line of `portmanager serve`; argv[0] is "serve". Says what is wrong with it.
ServeLine parse_serve(int argc, const char* const* argv);

}  // namespace pm
