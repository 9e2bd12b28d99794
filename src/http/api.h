#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/bulk_update.h"
#include "app/config_admin.h"
#include "app/conflict_resolver.h"
#include "app/discovery.h"
#include "app/export_formats.h"
#include "app/health_checks.h"
#include "app/kernel_watch.h"
#include "app/move_saga.h"
#include "app/port_manager.h"
#include "app/strict_json.h"
#include "http/router.h"

namespace pm {

class LiveFeed;

/// How this process serves, for whoever looks for faults in it.
struct ServingFacts {
  std::string host;                   ///< the address that it listens on
  bool needs_token{false};            ///< for changes
  std::uint64_t open_files_limit{0};  ///< descriptors that it may have at once
  std::uint64_t database_bytes{0};
  std::uint64_t wal_bytes{0};
  std::uint64_t free_bytes{0};  ///< left where the database is
};

/// What the routes call. All of it outlives the router and is thread-safe.
struct ApiContext {
  Store& store;
  PortManager& ports;
  MoveSaga& saga;
  BulkUpdate& bulk;
  ConflictResolver& resolver;
  KernelWatch& watch;
  Discovery& discovery;
  HealthChecks& health;
  ConfigAdmin& config;
  const ExportFormats& formats;
  Clock& clock;
  std::string version;
  std::chrono::steady_clock::time_point started;
  std::function<ServingFacts()> serving{};  ///< measured when called; empty: not told
};

/// The routes of docs/api.md.
Router make_router(const ApiContext& api);

void add_port_routes(Router& router, const ApiContext& api);
void add_port_lookup_routes(Router& router, const ApiContext& api);
void add_move_routes(Router& router, const ApiContext& api);
void add_reservation_routes(Router& router, const ApiContext& api);
void add_config_routes(Router& router, const ApiContext& api);
void add_service_routes(Router& router, const ApiContext& api);
void add_system_routes(Router& router, const ApiContext& api);
/// The WebSocket /ws/updates, for pages of the server itself and of those origins.
void add_live_routes(Router& router, LiveFeed& feed, std::vector<std::string> allowed_origins);

/// Who asks: X-Actor, else the client's address. The reason is the body's member `reason`.
ChangeContext context_of(const ApiContext& api, const HttpRequest& request,
                         const std::string& reason = {});

/// `{"success": true}`, to add to.
Json success();
HttpResponse ok(const Json& body);
/// The same with the revision, in the body and as X-Revision.
HttpResponse ok(Json body, std::int64_t revision);

/// How a refused move reads on the wire: the error, or the result of a move that was undone.
Expected<HttpResponse> move_answer(const MoveResult& result);

}  // namespace pm
