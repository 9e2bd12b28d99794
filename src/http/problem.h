#pragma once

#include <string_view>

#include "domain/error.h"
#include "http/http_message.h"

namespace pm {

/// The one table from error codes to HTTP statuses (docs/api.md).
int status_of(ErrorCode code);

/// An application/problem+json answer (RFC 9457) with `success` false and the stable `code`.
HttpResponse problem(const Error& error, std::string_view instance, std::string_view request_id);

}  // namespace pm
