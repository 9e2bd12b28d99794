#pragma once

#include <string>
#include <vector>

#include "domain/ephemeral_ports.h"
#include "domain/registry.h"

namespace pm {

struct Exported {
  std::string content_type;
  std::string text;
};

/// The registry in the formats that users feed elsewhere. Thread-safe: it keeps nothing.
class ExportFormats {
 public:
  virtual ~ExportFormats() = default;

  /// The names that render() knows, in the order in which to show them.
  virtual std::vector<std::string> names() const = 0;
  /// Error not_found, with the names that there are.
  virtual Expected<Exported> render(const std::string& format, const Registry& registry,
                                    const EphemeralPorts& ephemeral) const = 0;
};

}  // namespace pm
