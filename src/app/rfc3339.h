#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/timestamp.h"

namespace pm {

/// RFC 3339 in UTC with milliseconds: "2026-11-22T20:05:10.123Z". Sorts as text as it does as time.
std::string to_rfc3339(Timestamp at);
/// To the second: "2026-11-22T20:05:10Z".
std::string to_rfc3339_seconds(Timestamp at);
/// Reads what the two write, with any number of decimals; nothing else.
std::optional<Timestamp> from_rfc3339(std::string_view text);
/// "20261122_200510", UTC, for file names.
std::string to_file_stamp(Timestamp at);
/// Seconds since the epoch, as WebSocket messages carry them.
double to_epoch_seconds(Timestamp at);

}  // namespace pm
