#pragma once

#include <pistache/http.h>

#include <map>
#include <string>

#include "domain/error.h"
#include "http/http_message.h"

namespace pm {

/// The headers as sent, names in lower case. A repeated header is joined by ", " (RFC 9110
/// section 5.2) as far as Pistache keeps it apart.
std::map<std::string, std::string> lower_case_headers(const Pistache::Http::Request& request);

/// Pistache's request as ours. The path of an absolute-form target is taken out of it (RFC 9112
/// section 3.2.2). `segments` stays empty when the path's encoding is broken; the request is then
/// refused by `check_request`.
HttpRequest read_request(const Pistache::Http::Request& request, const std::string& remote);

/// What HTTP asks of a request beyond its framing: one Host (RFC 9112 section 3.2), a decodable
/// path and query.
Expected<void> check_request(const HttpRequest& request);

}  // namespace pm
