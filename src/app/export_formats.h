#pragma once

#include <string>
#include <vector>

#include "domain/ephemeral_ports.h"
#include "domain/registry.h"

namespace pm {

struct Exported {
  std::string content_type;
  std::string file_name;  ///< a plain name to save it under
  std::string text;
};

/// What of the registry is wanted, and how it is seen from where the file is read.
struct ExportScope {
  std::vector<std::string> services;  ///< only these; empty: all
  std::string host;                   ///< stands in for this machine's 127.0.0.1; "": nothing does

  bool is_everything() const { return services.empty() && host.empty(); }
};

/// The registry in the formats that users feed elsewhere. Thread-safe: it keeps nothing.
class ExportFormats {
 public:
  virtual ~ExportFormats() = default;

  /// The names that render() knows, in the order in which to show them.
  virtual std::vector<std::string> names() const = 0;
  /// Errors: not_found with the names that there are; unknown_service for one of the scope's;
  /// out_of_bounds for a host that is none (field "host") and for a scope in a format that always
  /// has everything (field "format").
  virtual Expected<Exported> render(const std::string& format, const Registry& registry,
                                    const EphemeralPorts& ephemeral,
                                    const ExportScope& scope) const = 0;
};

}  // namespace pm
