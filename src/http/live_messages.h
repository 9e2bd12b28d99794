#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/store.h"

namespace pm {

/// One message to live clients (docs/api.md, "WebSocket").
struct LiveMessage {
  std::int64_t revision{0};
  std::string text;                   ///< the JSON
  std::string text_if_last;           ///< for one who is told no more of this revision
  std::vector<std::string> services;  ///< whom it is about
};

/// Makes messages of what was committed. It remembers the status of each service, since a message
/// is for a change of it alone. Not thread-safe.
class LiveMessages {
 public:
  explicit LiveMessages(Snapshot registry);

  /// The messages of one commit, in the order in which to send them. What another program did to
  /// conflicts and health (action "external") is told by comparing with the state before; its
  /// changes of ports are announced by the commit that follows.
  std::vector<LiveMessage> of(const CommitNotice& notice);
  /// The messages of events long past, of one revision.
  static std::vector<LiveMessage> of(const std::vector<LiveEvent>& events,
                                     const Registry& registry);

 private:
  std::vector<LiveEvent> compare(const CommitNotice& notice) const;
  bool is_news(const LiveEvent& event);

  Snapshot registry_;
  std::unordered_map<std::string, HealthStatus> statuses_;
};

}  // namespace pm
