#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "app/strict_json.h"
#include "domain/timestamp.h"

namespace pm {

/// An error, as Ninja is told of it.
struct ErrorReport {
  std::string error_type;  ///< a word: "PortConflictError"
  std::string message;
  std::string severity{"high"};   ///< critical, high, medium or low
  Json context = Json::object();  ///< an object
  Timestamp at{};
};

/// The errors that wait to be sent, oldest first. It is bounded: when it is full the oldest one
/// goes, and is counted. Thread-safe; nothing in it waits for anything but its lock.
class ErrorQueue {
 public:
  /// `capacity`: at least 1.
  explicit ErrorQueue(std::size_t capacity) : capacity_(capacity) {}

  void push(ErrorReport report);
  struct Waiting {
    std::uint64_t id;
    ErrorReport report;
    std::uint64_t dropped;  ///< so many were dropped since the last one that was taken out
  };
  /// The oldest one, which stays.
  std::optional<Waiting> front() const;
  /// Takes that one out, if it is still there.
  void pop(const Waiting& sent);

  std::size_t size() const;
  /// Since the start.
  std::uint64_t dropped() const;

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<ErrorReport> reports_;
  std::uint64_t first_id_{0};  ///< of the front
  std::uint64_t dropped_{0};
  std::uint64_t dropped_told_{0};
};

}  // namespace pm
