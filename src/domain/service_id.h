#pragma once

#include <string_view>

#include "domain/error.h"

namespace pm {

/// A service id is 1 to 128 characters of A-Z a-z 0-9 . _ - and starts with a letter or a digit, so
/// that it is safe in a URL path, a shell word, a host name pattern and a log line.
/// `invalid_name` with the given member's name as `field`.
Expected<void> check_service_id(std::string_view service_id, std::string_view field = "service_id");

}  // namespace pm
