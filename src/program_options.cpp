#include "program_options.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <thread>

#include "app/port_holds.h"
#include "domain/text.h"

namespace pm {
namespace {

using std::chrono::milliseconds;

// Threads that send what thousands of live clients are told.
constexpr unsigned most_senders = 4;

/// As many descriptors as the machine allows.
rlim_t raised_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

/// So many that some descriptors are left for the database, the services and files.
std::size_t connections_allowed() {
  static constexpr rlim_t kept_back = 256;
  const auto limit = raised_limit();
  return limit > 2 * kept_back ? limit - kept_back : kept_back;
}

/// A wildcard is no address to be reached at.
std::string reached_at(const ServeOptions& options) {
  if (!options.upstream.advertised_host.empty()) return options.upstream.advertised_host;
  if (options.host != "0.0.0.0" && options.host != "::") return options.host;
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

SelfDescription self_description(const ServeOptions& options, const std::string& version) {
  SelfDescription self;
  self.service_id = options.self_id;
  self.service_name = options.upstream.self_name;
  self.version = version;
  self.host = reached_at(options);
  self.port = options.upstream.advertised_port;
  self.capabilities = options.upstream.capabilities;
  std::erase(self.capabilities, "");
  for (const auto& text : options.upstream.self_metadata) {
    const auto equals = text.find('=');
    if (equals != std::string::npos)
      self.metadata[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return self;
}

UpstreamCallOptions call_options(const UpstreamFlags& flags) {
  UpstreamCallOptions calls;
  calls.timeout = milliseconds{flags.timeout_ms};
  calls.at_once = static_cast<std::size_t>(flags.at_once);
  calls.backoff = {milliseconds{flags.backoff_ms}, milliseconds{flags.backoff_limit_ms}};
  calls.longest_retry_after = std::chrono::seconds{flags.retry_after_limit_s};
  calls.circuit = {flags.circuit_failures,
                   {milliseconds{flags.backoff_ms}, milliseconds{flags.circuit_limit_ms}}};
  calls.give_up = {flags.give_up_attempts, std::chrono::seconds{flags.give_up_after_s}};
  calls.outbox = {flags.outbox_waiting, flags.outbox_settled};
  return calls;
}

HubOptions hub_calls(const UpstreamFlags& flags) {
  HubOptions hub;
  hub.url = flags.hub_url;
  hub.register_path = flags.hub_register_path;
  hub.unregister_path = flags.hub_unregister_path;
  hub.health_path = flags.hub_health_path;
  hub.metrics_path = flags.hub_metrics_path;
  hub.restart_path = flags.hub_restart_path;
  hub.events_path = flags.hub_events_path;
  hub.health_interval = milliseconds{flags.hub_health_interval_ms};
  hub.metrics_interval = milliseconds{flags.hub_metrics_interval_ms};
  hub.unregister_timeout = milliseconds{flags.hub_unregister_timeout_ms};
  return hub;
}

NinjaOptions ninja_calls(const UpstreamFlags& flags) {
  NinjaOptions ninja;
  ninja.url = flags.ninja_url;
  ninja.register_path = flags.ninja_register_path;
  ninja.errors_path = flags.ninja_errors_path;
  ninja.performance_path = flags.ninja_performance_path;
  ninja.events_path = flags.ninja_events_path;
  ninja.performance_interval = milliseconds{flags.ninja_performance_interval_ms};
  ninja.errors_kept = static_cast<std::size_t>(flags.ninja_errors_kept);
  ninja.self_healing = flags.ninja_self_healing;
  return ninja;
}

}  // namespace

HttpServer::Options server_options(const ServeOptions& options) {
  HttpServer::Options server;
  server.host = options.host;
  server.port = static_cast<std::uint16_t>(options.port);
  server.reactor_threads = static_cast<std::size_t>(options.http_threads);
  server.max_connections = connections_allowed();
  server.max_long_polls = std::min(server.max_long_polls, server.max_connections / 4);
  server.connection.header_timeout = milliseconds{options.header_timeout_ms};
  server.connection.body_timeout = milliseconds{options.body_timeout_ms};
  server.connection.keep_alive_timeout = milliseconds{options.keep_alive_timeout_ms};
  return server;
}

std::size_t holds_allowed() {
  return std::min<std::size_t>(raised_limit() / 4, PortHolds::most_ever);
}

HubDirectoryOptions hub_options(const ServeOptions& options) {
  HubDirectoryOptions hub;
  hub.hub_url = options.upstream.hub_url;
  hub.path = options.upstream.hub_discover_path;
  hub.timeout = milliseconds{options.upstream.timeout_ms};
  return hub;
}

LiveFeed::Options feed_options(const ServeOptions& options) {
  LiveFeed::Options feed;
  feed.session.ping_after = milliseconds{options.websocket_ping_ms};
  // Requests find a place however many listen.
  feed.max_clients = std::min(feed.max_clients, connections_allowed() / 2);
  feed.helpers = std::clamp(std::thread::hardware_concurrency(), 1U, most_senders) - 1;
  return feed;
}

KernelWatch::Options watch_options(const ServeOptions& options) {
  KernelWatch::Options watch;
  if (options.scan_interval_ms > 0) {
    watch.interval = milliseconds{options.scan_interval_ms};
    // Two looks, the second of which comes a third of the interval late, have to fit.
    watch.answer_timeout = std::min(watch.answer_timeout, watch.interval / 4);
    watch.patience = milliseconds{options.health_timeout_ms};
    watch.agreement = std::min(watch.agreement, watch.interval / 10);
  }
  watch.own_pid = ::getpid();
  return watch;
}

UpstreamOptions upstream_options(const ServeOptions& options, const std::string& version) {
  UpstreamOptions upstream;
  upstream.self = self_description(options, version);
  upstream.calls = call_options(options.upstream);
  upstream.hub = hub_calls(options.upstream);
  upstream.ninja = ninja_calls(options.upstream);
  return upstream;
}

std::vector<std::string> outbox_targets(const ServeOptions& options) {
  std::vector<std::string> targets;
  if (!options.upstream.hub_url.empty()) targets.emplace_back("hub");
  if (!options.upstream.ninja_url.empty()) targets.emplace_back("ninja");
  return targets;
}

std::vector<std::string> own_names(const ServeOptions& options) {
  std::vector<std::string> names{ascii_lower(options.host)};
  for (const auto& name : options.allowed_hosts) names.push_back(ascii_lower(name));
  return names;
}

Expected<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(ErrorCode::not_found, "Cannot read " + path + ".");
  return text.str();
}

Expected<std::string> read_token(const std::string& path) {
  if (path.empty()) return std::string();
  auto text = read_text(path);
  if (!text) return text;
  const auto end = text->find_last_not_of(" \t\r\n");
  if (end == std::string::npos) {
    return fail(ErrorCode::invalid_name, "The file " + path + " holds no token.");
  }
  return text->substr(0, end + 1);
}

}  // namespace pm
