#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "domain/port_range.h"

namespace pm {

/// One bit for each of the 65,536 ports: 8 KB. Finding the next free port looks at whole words.
class PortBitmap {
 public:
  bool test(Port port) const;
  void set(Port port, bool taken = true);
  /// Marks every port that is marked in the other.
  void merge(const PortBitmap& other);
  /// Marked ports from lo to hi, both included.
  int count(Port lo, Port hi) const;
  /// The lowest unmarked port from lo to hi, both included.
  std::optional<Port> first_free(Port lo, Port hi) const;

  bool operator==(const PortBitmap&) const = default;

 private:
  static constexpr std::size_t word_bits = 64;
  std::array<std::uint64_t, 65536 / word_bits> words_{};
};

}  // namespace pm
