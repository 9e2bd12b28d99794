#pragma once

#include <string>

#include "app/strict_json.h"

namespace pm {

/// "127.0.0.1:8007, python3, pid 4711, user root, passport.service", of what is known of a listener
/// of docs/api.md.
std::string listener_text(const Json& listener);

}  // namespace pm
