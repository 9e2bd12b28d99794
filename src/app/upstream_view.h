#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/outbox.h"
#include "domain/timestamp.h"

namespace pm {

/// Whether calls are made: `closed` they are, `open` they are not until `retry_at`, `half_open` one
/// is, and its end decides.
enum class Circuit : std::uint8_t { closed, open, half_open };

/// How it stands with Hub or Ninja.
struct UpstreamState {
  std::string target;  ///< "hub", "ninja"
  std::string url;     ///< without a password; "": it is off
  bool registered{false};
  std::optional<Timestamp> registered_at;
  Circuit circuit{Circuit::closed};
  std::optional<Timestamp> retry_at;         ///< while the circuit is open
  std::optional<Timestamp> last_success_at;  ///< of any call
  std::optional<Timestamp> last_failure_at;
  std::string last_error;  ///< a sentence; "" once a call succeeded again
  std::uint64_t calls{0};  ///< since the start
  std::uint64_t failures{0};
  OutboxBacklog events;
};

/// What is known of the upstreams. Thread-safe.
class UpstreamView {
 public:
  virtual ~UpstreamView() = default;

  /// Hub, then Ninja; those that are off too.
  virtual Expected<std::vector<UpstreamState>> states() = 0;
};

}  // namespace pm
