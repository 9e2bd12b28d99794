#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
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
#include "app/upstream_view.h"
#include "http/router.h"

namespace pm {

namespace embedded {
struct EmbeddedFile;
}

class LiveFeed;
class StaticSite;

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
  const StaticSite* site{nullptr};   ///< the pages for a browser at GET /; null: there are none
  UpstreamView* upstreams{nullptr};  ///< null: Hub and Ninja are off
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
/// What the pages are made of, below /assets/.
void add_site_routes(Router& router, const StaticSite& site);
void add_upstream_routes(Router& router, const ApiContext& api);
/// GET /api/openapi.json: the document that the files in src/http/openapi make.
void add_openapi_route(Router& router);
/// GET /api/docs, the page of that document, which is the file index.html, and its other files
/// below /api/docs/. The page is allowed to get nothing from another server. The files outlive the
/// router.
void add_docs_page_routes(Router& router, std::span<const embedded::EmbeddedFile> files);
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
