#pragma once

#include <pistache/http.h>

#include <string>

#include "domain/error.h"
#include "http/http_message.h"
#include "http/request_head.h"

namespace pm {

/// The body as Pistache has parsed it, under the header section as it came. The path of an
/// absolute-form target is taken out of it (RFC 9112 section 3.2.2). `segments` stays empty when
/// the path's encoding is broken; the request is then refused by `check_request`.
HttpRequest read_request(const Pistache::Http::Request& request, const RequestHead& head,
                         const std::string& remote);

/// The path of a request target, percent-encoded as it came, without query and authority.
std::string path_of(const std::string& target);

/// For a request that brings none: unique within a run by its number, across runs by what it starts
/// with. Thread-safe.
std::string new_request_id();

/// What HTTP asks of a request beyond its framing: one Host (RFC 9112 section 3.2), a decodable
/// path and query.
Expected<void> check_request(const HttpRequest& request);

}  // namespace pm
