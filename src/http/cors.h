#pragma once

#include <string>
#include <vector>

#include "http/http_message.h"

namespace pm {

/// Lets pages of the origins in `allowed` call from a browser and read what comes (CORS, Fetch
/// Standard section 3.2). A page that is not allowed is told nothing, so its browser keeps the
/// answer from it. Thread-safe: nothing is kept.

/// True for the question a browser asks before it sends a page's request: may it?
bool is_preflight(const HttpRequest& request);

/// The answer to OPTIONS: 204 with Allow; to a preflight from an allowed origin also what it may
/// send. `allow`: the methods of the path, as in Allow.
HttpResponse options_answer(const HttpRequest& request, const std::string& allow,
                            const std::vector<std::string>& allowed);

/// Adds the headers that let an allowed origin's page read the answer; to others nothing.
void share_with_origin(const HttpRequest& request, const std::vector<std::string>& allowed,
                       HttpResponse& response);

}  // namespace pm
