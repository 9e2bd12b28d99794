#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "domain/timestamp.h"
#include "upstream/backoff.h"

namespace pm {

/// Whether somebody has accepted the Port Manager's registration, and when it is tried next: at
/// once, then with exponential backoff and jitter until it is accepted. Thread-safe.
class Registration {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Registration(Backoff::Bounds backoff) : backoff_(backoff) {}

  struct Known {
    bool registered{false};
    std::optional<Timestamp> at;  ///< last accepted; kept when it is lost
  };
  Known known() const;
  bool is_registered() const { return known().registered; }

  /// 0: it is to be tried now. Of no meaning while registered.
  std::chrono::milliseconds due_in(Time now) const;
  void accepted(Timestamp at);
  /// `chance` as in Backoff.
  void failed(Time now, double chance);
  /// They have perhaps forgotten it: it is tried again, at once.
  void lost();
  /// They are back: it is tried at once unless it stands.
  void hurry();

 private:
  const Backoff backoff_;
  mutable std::mutex mutex_;
  Known known_;
  int failures_{0};
  Time next_{Time::min()};
};

}  // namespace pm
