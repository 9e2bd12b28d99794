#pragma once

#include <string>
#include <string_view>

#include "domain/port.h"

namespace pm {

/// A named span of ports, both ends included. `lo <= hi` always.
struct PortRange {
  std::string name;
  Port lo{Port::clamped(8000)};
  Port hi{Port::clamped(9000)};

  /// Refuses lo > hi and ports out of bounds with `out_of_bounds`.
  static Expected<PortRange> from(std::string name, std::int64_t lo, std::int64_t hi);
  /// Reads "8000-8009". The name is left as the text itself.
  static Expected<PortRange> parse(std::string_view text);

  bool contains(Port port) const { return lo <= port && port <= hi; }
  int size() const { return hi.value() - lo.value() + 1; }
  /// "8000-9000"
  std::string text() const;

  auto operator<=>(const PortRange&) const = default;
};

}  // namespace pm
