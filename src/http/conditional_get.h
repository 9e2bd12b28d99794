#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "app/store.h"
#include "app/strict_json.h"
#include "http/router.h"

namespace pm {

/// A GET that is the same for one revision: rendered once, then sent from memory, with X-Revision
/// and ETag; If-None-Match of that ETag is answered 304 (RFC 9110 section 13.1.2). May run on the
/// reactor.
RouteHandler cached_by_revision(Store& store, std::function<Json(const Registry&)> render);

/// A GET on the reactor whose client can wait for news: with `?revision=N&wait=30s` the answer
/// comes once the registry has passed revision N, else when the time is over. A revision that lies
/// ahead of the registry's is of another database, and is answered at once. Without `wait` nothing
/// waits. The handler's answers get an ETag where they bear X-Revision and have none. Errors
/// bad_request and out_of_bounds for a query that is not understood.
RouteHandler watchable(Store& store, RouteHandler handler);

/// A GET of what stays the same while the program runs, with an ETag made of its body; so a client
/// that comes back after an upgrade gets the new one. May run on the reactor.
RouteHandler constant(HttpResponse response);

/// The answer, or 304 without its body where the request's If-None-Match has its ETag.
HttpResponse if_changed(HttpResponse response, const HttpRequest& request);

/// "30s", "500ms", "2m" or "30" (seconds), from nothing to ten minutes; else out_of_bounds.
Expected<std::chrono::milliseconds> parse_wait(const std::string& text);

}  // namespace pm
