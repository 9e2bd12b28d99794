#pragma once

#include <string>
#include <vector>

#include "app/kernel_watch.h"
#include "cli/serve_options.h"
#include "domain/error.h"
#include "http/http_server.h"
#include "http/live_feed.h"
#include "suite/hub_directory.h"
#include "upstream/upstream_options.h"

namespace pm {

/// What each part of the program is told, of what the command line says.

/// Raises this process's limit of descriptors to what the machine allows: as many connections as
/// leave some for the database, the services and files.
HttpServer::Options server_options(const ServeOptions& options);
/// How many ports may be held: a quarter of the descriptors, raised likewise.
std::size_t holds_allowed();
HubDirectoryOptions hub_options(const ServeOptions& options);
LiveFeed::Options feed_options(const ServeOptions& options);
KernelWatch::Options watch_options(const ServeOptions& options);
UpstreamOptions upstream_options(const ServeOptions& options, const std::string& version);

/// The upstreams that port changes are queued for: "hub", "ninja".
std::vector<std::string> outbox_targets(const ServeOptions& options);
/// The names with a dot by which the server may be called: those allowed, and its own --host.
std::vector<std::string> own_names(const ServeOptions& options);

/// Error not_found.
Expected<std::string> read_text(const std::string& path);
/// The token in the file, without the white space behind it; "" without a file. Errors not_found,
/// invalid_name (an empty file).
Expected<std::string> read_token(const std::string& path);

}  // namespace pm
