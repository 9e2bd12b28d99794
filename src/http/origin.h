#pragma once

#include <string>
#include <vector>

#include "domain/error.h"
#include "http/http_message.h"

namespace pm {

/// A page of another site must not make a visitor's browser change ports, or read along (RFC 6454).
/// Permitted are requests without an Origin, of the server's own pages, and of `allowed`; else
/// forbidden.
Expected<void> check_origin(const HttpRequest& request, const std::vector<std::string>& allowed);

}  // namespace pm
