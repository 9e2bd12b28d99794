#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "app/clock.h"
#include "app/store.h"
#include "app/strict_json.h"
#include "http/live_messages.h"
#include "http/replay_buffer.h"
#include "http/websocket_session.h"

namespace pm {

/// Tells live clients what was committed (docs/api.md, "WebSocket"): each message is made once, put
/// by for those who come back, and sent as the same bytes to everybody who wants it. What a client
/// gets is decided on the loop's thread alone, so that it misses nothing between its replay and the
/// next message, and gets nothing twice.
///
/// Thread-safe. It outlives the loop's thread.
class LiveFeed final : private WebSocketSession::Owner {
 public:
  struct Options {
    WebSocketSession::Limits session;
    ReplayBuffer::Bounds replay;
    std::size_t max_clients{10'000};
  };
  /// What a client asks for when it connects.
  struct Wish {
    std::optional<std::int64_t> since;
    std::vector<std::string> services;  ///< empty: all
  };

  /// `recent`: what can be told again from the start on. `registry`: as of it. Both as of before
  /// the first commit that on_commit() is told of.
  LiveFeed(DetachedLoop& loop, const Clock& clock, Options options, const RecentEvents& recent,
           Snapshot registry);

  /// To be called for every commit, in revision order, on one thread.
  void on_commit(const CommitNotice& notice);
  /// False: there are as many clients as there may be.
  bool has_room() const { return clients_ < options_.max_clients; }
  /// A client whose handshake was answered, with what it sent behind it.
  void take(UniqueFd fd, std::string unread, Wish wish);

  std::size_t clients() const { return clients_; }
  /// Since the start, each message counted once for each client.
  std::uint64_t messages_sent() const { return messages_sent_; }
  /// Clients that did not read.
  std::uint64_t cut_off() const { return cut_off_; }

 private:
  struct Client {
    Wish wish;
    std::unordered_set<std::string> services;
  };

  void on_open(WebSocketSession& session) override;
  void on_text(WebSocketSession& session, const std::string& text) override;
  void on_cut_off() override { ++cut_off_; }
  void on_end(WebSocketSession& session) override;

  LiveFrame frame_of(const LiveMessage& message) const;
  void broadcast(const CommitNotice& notice);
  static bool wants(const Client& client, const LiveFrame& frame);
  void reply(WebSocketSession& session, Json message) const;
  Json subscribe(Client& client, const Json& request) const;

  DetachedLoop& loop_;
  const Clock& clock_;
  const Options options_;
  std::atomic<std::size_t> clients_{0};
  std::atomic<std::uint64_t> messages_sent_{0};
  std::atomic<std::uint64_t> cut_off_{0};
  // Of the loop's thread alone.
  LiveMessages messages_;
  ReplayBuffer replay_;
  std::int64_t revision_;
  std::unordered_map<WebSocketSession*, Client> sessions_;
};

}  // namespace pm
