#pragma once

#include <string>
#include <vector>

#include "domain/error.h"
#include "http/http_message.h"

namespace pm {

/// The server's side of the opening handshake (RFC 6455 section 4.2): the answer 101, without
/// extensions and subprotocols. Errors upgrade_required (no upgrade to WebSocket, or another
/// version than 13), bad_request (a key that is not 16 bytes in base64, HTTP/1.0), forbidden (a
/// page of an origin that is neither the server's own nor allowed).
Expected<HttpResponse> accept_websocket(const HttpRequest& request,
                                        const std::vector<std::string>& allowed_origins);

/// What proves to the client that its key was understood: base64 of SHA-1 (section 4.2.2).
std::string websocket_accept(const std::string& key);

}  // namespace pm
