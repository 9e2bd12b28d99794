#pragma once

#include <string>

namespace pm {

/// Sends spdlog's default logger to stderr, as text lines or as one JSON object a line with the
/// members time, level and message. `level` is one of spdlog's names. Call once, at start.
void set_up_logging(const std::string& level, const std::string& format);

}  // namespace pm
