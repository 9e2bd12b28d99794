#pragma once

#include <spdlog/common.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace pm {

/// Sends spdlog's default logger to stderr, as text lines or as one JSON object a line with the
/// members time, level and message. A message is one line, whatever it has in it. `level` is one of
/// spdlog's names. Call once, at start.
void set_up_logging(const std::string& level, const std::string& format);

/// A line that programs read: in text `message key=value ...`, texts quoted and escaped so that
/// nothing that a caller wrote can begin a line of its own; in JSON the members stand beside the
/// others. Thread-safe.
void log_event(const std::string& message, const nlohmann::ordered_json& members,
               spdlog::level::level_enum level = spdlog::level::info);

/// Tells `listener` the message of each line of level error, on the thread that logs it, which it
/// must not block. Lines that it logs itself are not told. An empty one ends it; then nobody is
/// being told any more. Thread-safe.
void on_logged_error(std::function<void(const std::string& message)> listener);

}  // namespace pm
