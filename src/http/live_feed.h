#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/clock.h"
#include "app/store.h"
#include "http/fan_out.h"
#include "http/live_messages.h"
#include "http/replay_buffer.h"
#include "http/websocket_session.h"

namespace pm {

/// Tells live clients what was committed (docs/api.md, "WebSocket"): each message is made once, put
/// by for those who come back, and sent as the same bytes to everybody who wants it. What a client
/// gets is decided on the loop's thread alone, so that it misses nothing between its replay and the
/// next message, and gets nothing twice. A client that comes back reads what it missed from the
/// common store at its own speed, and is told of new changes there too until it has caught up: what
/// waits for it needs no memory of its own.
///
/// Thread-safe. It outlives the loop's thread.
class LiveFeed {
 public:
  struct Options {
    WebSocketSession::Limits session;
    ReplayBuffer::Bounds replay;
    std::size_t max_clients{10'000};
    /// Threads that help the loop's to send what thousands are told.
    std::size_t helpers{0};
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
  /// Of one client, from before its handshake is answered until it is gone.
  class Place {
   public:
    explicit Place(std::atomic<std::size_t>& taken) : taken_(taken) {}
    ~Place() { --taken_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    std::atomic<std::size_t>& taken_;
  };

  /// A place for a client; none where there are as many as there may be.
  std::shared_ptr<Place> reserve();
  /// A client whose handshake was answered, with what it sent behind it.
  void take(UniqueFd fd, std::string unread, Wish wish, std::shared_ptr<Place> place);

  /// Places that are taken.
  std::size_t clients() const { return count_; }
  /// Since the start, each message counted once for each client.
  std::uint64_t messages_sent() const { return messages_sent_; }
  /// Clients that did not read.
  std::uint64_t cut_off() const { return cut_off_; }

 private:
  class Client;
  using Frames = std::vector<LiveFrame>;

  LiveFrame frame_of(const LiveMessage& message) const;
  void broadcast();
  Frames take_commits();

  DetachedLoop& loop_;
  const Clock& clock_;
  const Options options_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::uint64_t> messages_sent_{0};
  std::atomic<std::uint64_t> cut_off_{0};
  std::mutex mutex_;
  std::vector<CommitNotice> commits_;  ///< not yet told
  // Of the loop's thread alone.
  LiveMessages messages_;
  ReplayBuffer replay_;
  std::int64_t revision_;
  std::vector<Client*> clients_;
  FanOut fan_out_;
};

}  // namespace pm
