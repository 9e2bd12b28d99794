#pragma once

#include "app/service_client.h"
#include "http_client/http_call.h"

namespace pm {

/// What an answer of a service means (api.md, "What each service implements"). Pure functions.
///
/// A service's own message is its answer's string member "message", else "detail"; of a long one
/// the first 300 bytes are kept. Without one the reply's message says what came: "HTTP 500", "the
/// answer is not JSON".

/// Accepted: HTTP 200 and "success" is the boolean true.
UpdateReply read_update_reply(const HttpAnswer& answer);

/// Healthy: HTTP 200 and, where the answer is JSON with a string member "status", it is healthy,
/// ok, up, pass, active or running, in any case. `identity` is read from answers of any status: one
/// who is unhealthy still says who it is. An empty name is none.
HealthReply read_health_reply(const HttpAnswer& answer);

/// Accepted: HTTP 200 or 202, unless the answer is JSON with a member "success" other than true.
RestartReply read_restart_reply(const HttpAnswer& answer);

}  // namespace pm
