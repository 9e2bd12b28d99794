#pragma once

#include <string>

#include "domain/registry.h"

namespace pm {

/// A range by its configured name ("foundation") or as two ports ("8000-8009").
inline Expected<PortRange> range_from(const SuiteConfig& config, const std::string& text) {
  if (const auto* named = config.category(text)) return *named;
  return PortRange::parse(text);
}

}  // namespace pm
