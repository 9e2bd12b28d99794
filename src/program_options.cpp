#include "program_options.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

#include "domain/text.h"

namespace pm {
namespace {

using std::chrono::milliseconds;

// Threads that send what thousands of live clients are told.
constexpr unsigned most_senders = 4;

/// As many descriptors as the machine allows, and so many connections that some are left for the
/// database, the services and files.
std::size_t connections_allowed() {
  static constexpr rlim_t kept_back = 256;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur > 2 * kept_back ? limit.rlim_cur - kept_back : kept_back;
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

HubDirectoryOptions hub_options(const ServeOptions& options) {
  HubDirectoryOptions hub;
  hub.hub_url = options.hub_url;
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

std::vector<std::string> outbox_targets(const ServeOptions& options) {
  std::vector<std::string> targets;
  if (!options.hub_url.empty()) targets.emplace_back("hub");
  if (!options.ninja_url.empty()) targets.emplace_back("ninja");
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
