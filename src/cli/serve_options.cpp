#include "cli/serve_options.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/add_option.h"
#include "cli/option_sources.h"
#include "domain/service_id.h"

namespace pm {
namespace {

/// An option that is empty is not given.
const CLI::Validator existing_file_or_empty(
    [](std::string& path) { return path.empty() ? std::string() : CLI::ExistingFile(path); },
    "FILE");

ExitStatus wrong(const std::string& what) {
  std::cerr << "portmanager: serve: " << what << (what.ends_with('?') ? "" : ".")
            << "\nportmanager serve --help tells how it is used.\n";
  return ExitStatus::usage;
}

}  // namespace

void add_serve_options(CLI::App& app, ServeOptions& options) {
  app.set_config("--config", "", "Read options from this TOML file; its keys are the long flags")
      ->envname("PORTMANAGER_CONFIG")
      ->check(CLI::ExistingFile);
  app.allow_config_extras(CLI::config_extras_mode::error);

  add(app, "--host", options.host, "Address to listen on");
  add(app, "--port", options.port, "Port to listen on; 0 takes a free one")
      ->check(CLI::Range(0, 65535));
  add(app, "--data-dir", options.data_dir, "Folder of the database, port_config.json and backups");
  add(app, "--import", options.import_file,
      "port_config.json to begin with, if the data folder has none")
      ->check(existing_file_or_empty);
  add(app, "--log-level", options.log_level, "What is logged")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
  add(app, "--log-format", options.log_format, "How it is logged, to stderr")
      ->check(CLI::IsMember({"text", "json"}));
  add(app, "--range", options.range, "The suite's ports, both ends included");
  add(app, "--categories", options.categories, "Named ranges: NAME=LO-HI,...")->delimiter(',');
  add(app, "--auth-token-file", options.auth_token_file,
      "File with the token that changes need; not given: none is needed")
      ->check(existing_file_or_empty);
  add(app, "--allowed-origins", options.allowed_origins,
      "Origins whose pages may change ports: URL,...")
      ->delimiter(',');
  add(app, "--allowed-hosts", options.allowed_hosts,
      "Names with a dot that this server goes by: NAME,...; addresses and short names always work")
      ->delimiter(',');
  add(app, "--host-pattern", options.host_pattern,
      "Where services without a registered host are; {service_id} stands for the id");
  add(app, "--self-id", options.self_id, "The Port Manager's own service id");
  add_milliseconds(app, "--update-timeout-ms", options.update_timeout_ms,
                   "How long a service may take to answer update-port");
  add_milliseconds(app, "--restart-timeout-ms", options.restart_timeout_ms,
                   "How long a service may take to answer a restart");
  add_milliseconds(app, "--health-timeout-ms", options.health_timeout_ms,
                   "How long a service may take to answer its health check");
  add_milliseconds(app, "--come-up-timeout-ms", options.come_up_timeout_ms,
                   "How long a service may take to come up on its new port");
  add_milliseconds(app, "--old-port-timeout-ms", options.old_port_timeout_ms,
                   "How long a service may take to let its old port go");
  add_milliseconds(app, "--header-timeout-ms", options.header_timeout_ms,
                   "How long a client may take to send a request's header");
  add_milliseconds(app, "--body-timeout-ms", options.body_timeout_ms,
                   "How long a client may take to send a request's body");
  add_milliseconds(app, "--keep-alive-timeout-ms", options.keep_alive_timeout_ms,
                   "How long an idle connection is kept");
  add_milliseconds(app, "--websocket-ping-ms", options.websocket_ping_ms,
                   "How long a WebSocket client may be silent before it is pinged");
  add(app, "--scan-interval-ms", options.scan_interval_ms,
      "Time within which a disagreement with the kernel is noticed; 0: it is not watched")
      ->check(zero_or(100, 3'600'000));
  add(app, "--health-interval-ms", options.health_interval_ms,
      "Time between two health checks of each service; 0: none unasked")
      ->check(zero_or(100, 86'400'000));
  add(app, "--cooldown-ms", options.cooldown_ms,
      "How long a port that was given up is not chosen for another service")
      ->check(CLI::Range(0, 86'400'000));
  add(app, "--auto-resolve", options.auto_resolve, "Conflicts that are resolved unasked")
      ->check(CLI::IsMember({"off", "duplicates", "all"}));
  add(app, "--http-threads", options.http_threads, "Threads that read requests")
      ->check(CLI::Range(1, 64));
  add_upstream_flags(app, options.upstream);
  app.footer(
      "Each option is also an environment variable (--data-dir: PORTMANAGER_DATA_DIR) and a key "
      "of\n"
      "the --config file (data-dir). Flags go before environment, environment before file.\n"
      "\n"
      "When it serves, one line \"listening on http://HOST:PORT\" is on stdout; logs go to "
      "stderr.\n"
      "SIGTERM and SIGINT stop it within 5 seconds with exit status 0. Exit status 1: it could "
      "not\n"
      "start, and stderr says why; 2: the command line is wrong.");
}

ServeLine parse_serve(int argc, const char* const* argv) {
  ServeOptions options;
  CLI::App app("Serves the registry over HTTP.", "portmanager serve");
  add_serve_options(app, options);
  OptionSources sources(app);
  try {
    app.parse(sources.words(argc, argv));
  } catch (const CLI::CallForHelp& e) {
    app.exit(e);
    return ExitStatus::done;
  } catch (const CLI::ConfigError& e) {
    return wrong("the configuration file " + app.get_config_ptr()->as<std::string>() +
                 " is not understood: " + e.what());
  } catch (const CLI::ExtrasError&) {
    return wrong("it does not take " + app.remaining().front());
  } catch (const CLI::ParseError& e) {
    return wrong(sources.told(e.what()));
  }
  if (const auto suite = options.suite(); !suite) {
    const auto& [code, message, field] = suite.error();
    std::cerr << "portmanager: serve: "
              << (field.empty() ? std::string() : sources.name_of("--" + field) + ": ") << message
              << '\n';
    return ExitStatus::usage;
  }
  return options;
}

Expected<SuiteConfig> ServeOptions::suite() const {
  SuiteConfig config;
  if (auto valid = check_service_id(self_id, "self-id"); !valid) {
    return tl::unexpected(valid.error());
  }
  config.self_id = self_id;
  auto whole = PortRange::parse(range);
  if (!whole) return tl::unexpected(whole.error());
  config.range = *whole;
  config.range.name = "suite";
  for (const auto& text : categories) {
    if (text.empty()) continue;
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(
          ErrorCode::out_of_bounds,
          "The category \"" + text + "\" is not NAME=LO-HI, for example " + "foundation=8000-8009.",
          "categories");
    }
    auto named = PortRange::parse(text.substr(equals + 1));
    if (!named) {
      named.error().field = "categories";
      return tl::unexpected(named.error());
    }
    named->name = text.substr(0, equals);
    // A category that is not inside the suite's range could only give what the suite refuses.
    if (!config.range.contains(named->lo) || !config.range.contains(named->hi)) continue;
    config.categories.push_back(std::move(*named));
  }
  return config;
}

}  // namespace pm
