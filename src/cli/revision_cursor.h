#pragma once

#include <cstdint>
#include <optional>

namespace pm {

/// How far a client of the live updates has come, so that after a lost connection it asks for what
/// it missed and tells nothing twice. A revision may come in several messages, and a connection may
/// end between two of them.
class RevisionCursor {
 public:
  /// `since`: the revision to begin after; unset, with what comes after connecting.
  explicit RevisionCursor(std::optional<std::int64_t> since) : complete_(since) {}

  /// What to ask with; unset: nothing has been seen yet.
  std::optional<std::int64_t> since() const { return complete_; }

  /// A connection is made, and the server is at `revision`. `is_complete`: what was asked for will
  /// be told. When it will not, there is a gap, and what comes is told from here on.
  void connected(std::int64_t revision, bool is_complete);

  /// A message came. True when it was not told before.
  bool is_news(std::int64_t revision, bool has_more);

 private:
  std::optional<std::int64_t> complete_;  ///< all of it, and of those before, is told
  std::int64_t current_{0};               ///< the revision that comes in on this connection
  int place_{0};                          ///< how many of its messages have
  std::int64_t told_revision_{0};         ///< the newest that anything was told of
  int told_{0};                           ///< how many of its messages were
};

}  // namespace pm
