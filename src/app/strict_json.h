#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "domain/error.h"

namespace pm {

/// Members keep the order in which they were written or added.
using Json = nlohmann::ordered_json;

/// Reads JSON (RFC 8259) and refuses what most readers let pass silently: a member name twice in
/// one object, nesting deeper than 64, text after the value, invalid UTF-8. The `invalid_json`
/// message carries line and column. `what` names the text in messages: "the request body".
Expected<Json> parse_strict(std::string_view text, std::string_view what);

}  // namespace pm
