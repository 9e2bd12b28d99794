#pragma once

#include <string_view>

#include "cli/terminal.h"

namespace pm {

/// How a service's status looks: healthy, unhealthy, unknown.
inline Style style_of_status(std::string_view status) {
  if (status == "healthy") return Style::good;
  return status == "unhealthy" ? Style::bad : Style::faint;
}

/// How a conflict's severity looks: critical, high, medium, low.
inline Style style_of_severity(std::string_view severity) {
  if (severity == "critical" || severity == "high") return Style::bad;
  return severity == "medium" ? Style::warning : Style::plain;
}

}  // namespace pm
