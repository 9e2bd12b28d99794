#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "app/strict_json.h"
#include "cli/api_client.h"
#include "cli/revision_cursor.h"
#include "http_client/websocket_client.h"

namespace pm {

/// What the server tells of changes, over its WebSocket, for as long as it is asked: a connection
/// that is lost is made again, with what was missed, and nothing comes twice. For one thread.
class LiveUpdates {
 public:
  struct Options {
    std::vector<std::string> services;  ///< empty: all
    std::optional<std::int64_t> since;  ///< a revision; unset: what comes from now on
  };
  struct Event {
    enum class Kind {
      connected,  ///< the message is the server's greeting
      gap,        ///< the same, and changes were missed that cannot be told any more
      change,     ///< the message is one of docs/api.md
      lost,       ///< `text` says why, a clause; it is tried again by and by
    };
    Kind kind;
    Json message;
    std::string text;  ///< the message as it came
  };

  /// The client must outlive it.
  LiveUpdates(const ApiClient& api, Options options);

  /// Waits until there is something to tell, the time is over, or `stop_fd` is readable.
  std::vector<Event> next(std::chrono::milliseconds longest, int stop_fd);
  bool is_connected() const { return client_.has_value(); }

 private:
  std::string target() const;
  std::vector<Event> connect(std::chrono::milliseconds longest, int stop_fd);
  std::vector<Event> listen(std::chrono::milliseconds longest, int stop_fd);
  std::vector<Event> lost(std::string why);
  void take(const std::string& text, std::vector<Event>& events);
  void watch_over_silence();

  const ApiClient& api_;
  Options options_;
  RevisionCursor cursor_;
  std::optional<WebSocketClient> client_;
  std::chrono::milliseconds pause_{0};  ///< before the next attempt
  std::chrono::steady_clock::time_point next_attempt_;
  std::chrono::steady_clock::time_point last_ping_;
};

}  // namespace pm
