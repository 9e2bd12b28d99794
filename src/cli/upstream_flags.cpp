#include "cli/upstream_flags.h"

#include <algorithm>

#include "cli/add_option.h"
#include "http_client/url.h"

namespace pm {
namespace {

const char* const group = "Hub and Ninja";
const char* const paths_group = "Hub and Ninja: paths below their URLs";

/// It may hold a password: what is wrong with it is said without it.
const CLI::Validator url_or_empty(
    [](std::string& url) {
      const bool valid = url.empty() || !joined_url(url, "/").url.empty();
      return valid ? std::string()
                   : std::string("is not an http or https URL, for example http://hub:8001");
    },
    "URL");

const CLI::Validator path_on_a_server(
    [](std::string& path) {
      const bool valid = path.starts_with('/') && std::all_of(path.begin(), path.end(), [](char c) {
                           return c > ' ' && c < 127;
                         });
      return valid ? std::string() : "\"" + path + "\" does not begin with / or has spaces in it";
    },
    "PATH");

const CLI::Validator name_and_value(
    [](std::string& text) {
      const auto equals = text.find('=');
      const bool valid = text.empty() || (equals != std::string::npos && equals > 0);
      return valid ? std::string() : "\"" + text + "\" is not NAME=VALUE, for example zone=a";
    },
    "NAME=VALUE");

/// Everything added to it is shown under one heading.
class Group {
 public:
  Group(CLI::App& app, const char* name) : app_(app), name_(name) {}

  template <typename Value>
  CLI::Option* add(const std::string& flag, Value& value, const std::string& help) {
    return pm::add(app_, flag, value, help)->group(name_);
  }
  CLI::Option* number(const std::string& flag, int& value, int least, int most,
                      const std::string& help) {
    return add(flag, value, help)->check(CLI::Range(least, most));
  }
  CLI::Option* milliseconds(const std::string& flag, int& value, const std::string& help) {
    return add_milliseconds(app_, flag, value, help)->group(name_);
  }
  void interval(const std::string& flag, int& value, const std::string& help) {
    add(flag, value, help + "; 0: never")->check(zero_or(100, 86'400'000));
  }
  void path(const std::string& flag, std::string& value, const std::string& help) {
    add(flag, value, help)->check(path_on_a_server);
  }

 private:
  CLI::App& app_;
  const char* name_;
};

void add_who(Group group_of, UpstreamFlags& flags) {
  group_of.add("--hub-url", flags.hub_url, "Enterprise Hub; not given: nothing is sent to it")
      ->check(url_or_empty);
  group_of.add("--ninja-url", flags.ninja_url, "Ninja; not given: nothing is sent to it")
      ->check(url_or_empty);
  group_of.add("--self-name", flags.self_name, "The Port Manager's name, as it registers");
  group_of.add("--advertised-host", flags.advertised_host,
               "Where others reach it; not given: --host, or this machine's name");
  group_of.number("--advertised-port", flags.advertised_port, 0, 65535,
                  "Likewise; 0: the port that it listens on");
  group_of
      .add("--capabilities", flags.capabilities, "What it registers to be able to do: NAME,...")
      ->delimiter(',');
  group_of.add("--self-metadata", flags.self_metadata, "More to register: NAME=VALUE,...")
      ->delimiter(',')
      ->check(name_and_value);
  group_of.add("--ninja-self-healing", flags.ninja_self_healing,
               "Whether it registers with Ninja to be healed: true or false");
}

void add_when(Group group_of, UpstreamFlags& flags) {
  group_of.interval("--hub-health-interval-ms", flags.hub_health_interval_ms,
                    "Time between two health reports to Hub");
  group_of.interval("--hub-metrics-interval-ms", flags.hub_metrics_interval_ms,
                    "Time between two metrics reports to Hub");
  group_of.interval("--ninja-performance-interval-ms", flags.ninja_performance_interval_ms,
                    "Time between two performance reports to Ninja");
  group_of.milliseconds("--upstream-timeout-ms", flags.timeout_ms,
                        "How long either may take to answer a call");
  group_of.number("--hub-unregister-timeout-ms", flags.hub_unregister_timeout_ms, 1, 2'000,
                  "Likewise, the call that unregisters at the end");
}

void add_how_often(Group group_of, UpstreamFlags& flags) {
  group_of.number("--upstream-at-once", flags.at_once, 1, 256,
                  "Port changes that are on their way to one of them at a time");
  group_of.milliseconds("--upstream-backoff-ms", flags.backoff_ms,
                        "Longest wait after a first failure; it doubles with each further one");
  group_of.milliseconds("--upstream-backoff-limit-ms", flags.backoff_limit_ms,
                        "Longest wait after any failure");
  group_of.number("--upstream-retry-after-limit-s", flags.retry_after_limit_s, 0, 86'400,
                  "Longest Retry-After that is waited for");
  group_of.number("--upstream-circuit-failures", flags.circuit_failures, 1, 1'000,
                  "Failures in a row after which calls pause");
  group_of.milliseconds("--upstream-circuit-limit-ms", flags.circuit_limit_ms,
                        "Longest such pause; then one call tries");
  group_of.number("--upstream-give-up-attempts", flags.give_up_attempts, 1, 1'000'000,
                  "Refusals (400, 409, 413, 414, 415, 422) after which a port change is given up");
  group_of.number("--upstream-give-up-after-s", flags.give_up_after_s, 0, 2'000'000'000,
                  "How long any other 4xx is met with another attempt");
  group_of.number("--outbox-waiting", flags.outbox_waiting, 1, 1'000'000'000,
                  "Port changes that may wait for either before superseded ones are dropped");
  group_of.number("--outbox-settled", flags.outbox_settled, 0, 1'000'000'000,
                  "Port changes kept after they were delivered or given up");
  group_of.number("--ninja-errors-kept", flags.ninja_errors_kept, 1, 1'000'000,
                  "Errors that may wait for Ninja before the oldest are dropped");
}

void add_paths(Group group_of, UpstreamFlags& flags) {
  group_of.path("--hub-register-path", flags.hub_register_path, "Register with Hub");
  group_of.path("--hub-unregister-path", flags.hub_unregister_path, "Unregister from it");
  group_of.path("--hub-health-path", flags.hub_health_path, "Health to it");
  group_of.path("--hub-metrics-path", flags.hub_metrics_path, "Metrics to it");
  group_of.path("--hub-discover-path", flags.hub_discover_path, "Its list of services");
  group_of.path("--hub-restart-path", flags.hub_restart_path,
                "Have it restart a service; {service_id} stands for the id");
  group_of.path("--hub-events-path", flags.hub_events_path, "Port changes to it");
  group_of.path("--ninja-register-path", flags.ninja_register_path, "Register with Ninja");
  group_of.path("--ninja-errors-path", flags.ninja_errors_path, "Errors to it");
  group_of.path("--ninja-performance-path", flags.ninja_performance_path, "Performance to it");
  group_of.path("--ninja-events-path", flags.ninja_events_path, "Port changes to it");
}

}  // namespace

void add_upstream_flags(CLI::App& app, UpstreamFlags& flags) {
  const Group common(app, group);
  add_who(common, flags);
  add_when(common, flags);
  add_how_often(common, flags);
  add_paths(Group(app, paths_group), flags);
}

}  // namespace pm
