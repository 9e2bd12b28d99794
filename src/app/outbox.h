#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/error.h"
#include "domain/port.h"
#include "domain/timestamp.h"

namespace pm {

/// A port change that an upstream is still to be told.
struct OutboxEvent {
  std::int64_t outbox_id{0};
  std::string event_id;  ///< the same for every upstream
  std::string service_id;
  std::optional<Port> old_port;
  std::optional<Port> new_port;
  Timestamp at;
  int attempts{0};  ///< made so far
};

/// How one attempt to deliver an event ended.
struct OutboxOutcome {
  enum class Kind : std::uint8_t {
    delivered,
    retry,     ///< tried again at `retry_at`
    given_up,  ///< refused for good; the service's later events go on
  };
  std::int64_t outbox_id{0};
  Kind kind{Kind::delivered};
  Timestamp at;
  Timestamp retry_at;
  std::string error;  ///< why it was not delivered, a sentence; "" otherwise
};

struct OutboxBacklog {
  std::int64_t waiting{0};
  std::optional<Timestamp> oldest_at;  ///< of those waiting, when the change was made
  std::int64_t delivered{0};           ///< since the database was made
  std::int64_t given_up{0};            ///< likewise
  std::int64_t superseded{0};          ///< likewise: dropped because a later event said more

  bool operator==(const OutboxBacklog&) const = default;
};

/// The port changes that Hub and Ninja are told, in the database: they are written in the
/// transaction of the change itself (Store::commit) and wait here until they are delivered. What is
/// queued for a target stays when that target is switched off: nothing is added then, and what
/// waits is delivered once it is on again.
///
/// What is settled here need not survive a loss of power, only a crash: an event whose delivery was
/// forgotten is delivered again. It makes no revision. Thread-safe.
class Outbox {
 public:
  virtual ~Outbox() = default;

  /// The oldest waiting event of each service, where its time has come, the one that has been due
  /// longest first: an event is not answered before all earlier ones of its service are settled. At
  /// most `limit`.
  virtual Expected<std::vector<OutboxEvent>> due(const std::string& target, Timestamp now,
                                                 int limit) = 0;
  /// When the next one is due, of those that due() would not answer at `now` however large the
  /// limit; unset: none waits for its time.
  virtual Expected<std::optional<Timestamp>> next_due(const std::string& target, Timestamp now) = 0;
  /// Records how attempts ended, all or none. An event that is not waiting is left as it is.
  virtual Expected<void> settle(const std::vector<OutboxOutcome>& outcomes) = 0;
  /// Makes the waiting events of a target due at once: it is back.
  virtual Expected<void> hurry(const std::string& target, Timestamp now) = 0;
  virtual Expected<OutboxBacklog> backlog(const std::string& target) = 0;

  struct Bounds {
    std::int64_t waiting{100'000};  ///< of one target
    std::int64_t settled{10'000};   ///< likewise: ended in whatever way, kept for auditors
  };
  /// Keeps the table bounded; nothing else does. Above `waiting`, events that a later one of the
  /// same service supersedes are dropped, oldest first, until they are no more than that. Of each
  /// service the newest always stays, and the oldest, which may be under way: so with very many
  /// services up to two of each wait. Of the settled the newest stay. Answers how many waiting ones
  /// were dropped. Not all or nothing: after an error the rest is dropped by the next call.
  virtual Expected<std::int64_t> trim(const std::string& target, const Bounds& bounds) = 0;
};

}  // namespace pm
