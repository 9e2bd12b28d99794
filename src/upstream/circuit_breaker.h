#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "app/upstream_view.h"
#include "upstream/backoff.h"

namespace pm {

/// Decides whether calls to somebody are made. Closed, all are. After `failures` of them in a row
/// it opens: none is, for a time that doubles each time it opens again without having closed. Then
/// it is half open: one is made, and closes or opens it. Pure and not thread-safe.
class CircuitBreaker {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Options {
    int failures{5};  ///< at least 1
    Backoff::Bounds open{std::chrono::seconds(1), std::chrono::seconds(30)};
  };

  /// Calls that may be made. Each is to be answered for with the permit: succeeded(), failed() or
  /// abandoned().
  struct Permit {
    int calls{0};
    /// Which state of the circuit gave it. The end of a call that an earlier state let out decides
    /// nothing any more.
    std::uint64_t round{0};
  };

  explicit CircuitBreaker(Options options) : options_(options), backoff_(options.open) {}

  /// As many of the calls wanted as may be made now.
  Permit admit(int wanted, Time now);
  /// True when this closed the circuit: they are back.
  bool succeeded(const Permit& permit);
  /// True when this opened the circuit out of the closed state. `chance` as in Backoff; it stays
  /// open for `at_least` that long.
  bool failed(const Permit& permit, Time now, double chance, std::chrono::milliseconds at_least);
  /// The call came to no end that says anything.
  void abandoned(const Permit& permit);

  Circuit state() const { return state_; }
  /// When the next call may be made; unset unless it is open.
  std::optional<Time> retry_at() const;

 private:
  void enter(Circuit state);

  Options options_;
  Backoff backoff_;
  Circuit state_{Circuit::closed};
  std::uint64_t round_{0};
  int failures_{0};  ///< in a row, while closed
  int openings_{0};  ///< since it was closed
  bool tried_{false};
  Time retry_at_;
};

}  // namespace pm
