#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/detached_loop.h"
#include "http/websocket_codec.h"

namespace pm {

/// One WebSocket client in the loop's care: what it is sent waits for it, what it sends is read, it
/// is pinged when it is silent, and it is cut off when it does not read. Of the loop's thread.
class WebSocketSession final : public DetachedLoop::Session {
 public:
  using Bytes = std::shared_ptr<const std::string>;

  struct Limits {
    std::size_t queued{1024 * 1024};  ///< bytes that may wait for a client
    /// A client from which nothing came for so long is pinged, and after as long again cut off.
    DetachedLoop::Milliseconds ping_after{30'000};
  };

  /// Who is told what the client does. It outlives the session.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_open(WebSocketSession& session) = 0;
    virtual void on_text(WebSocketSession& session, const std::string& text) = 0;
    /// It did not read and is being cut off.
    virtual void on_cut_off() = 0;
    /// It is being destroyed; told after on_open() alone.
    virtual void on_end(WebSocketSession& session) = 0;
  };

  /// `unread`: what came behind the handshake.
  WebSocketSession(UniqueFd fd, std::string unread, Owner& owner, Limits limits);
  ~WebSocketSession() override;

  /// Queues a frame; flush() sends it. Nothing is queued any more once the end has begun.
  void queue(Bytes frame);
  /// Sends what the socket takes. Outside of the session's own calls, DetachedLoop::refresh() has
  /// to follow.
  void flush();
  /// Begins the end, behind what is queued.
  void close(std::uint16_t code, const std::string& reason);

  bool is_open() const { return phase_ == Phase::open; }
  const WebSocketCodec& codec() const { return codec_; }

  Events waits_for() const override;
  void on_begin() override;
  void on_ready(Events events) override;
  DetachedLoop::Time deadline() const override { return deadline_; }
  void on_time() override;
  void on_stop() override;

 private:
  enum class Phase : std::uint8_t {
    open,
    closing,  ///< a close frame is on its way, or waits for its answer
    ended,    ///< both have closed: the client ends the connection
    over,
  };

  void read_some();
  void receive(std::string_view bytes);
  void push(Bytes frame);
  ssize_t send_some() const;
  void take_off(std::size_t sent);
  void cut_off();
  void begin_closing(DetachedLoop::Milliseconds patience);
  void end_if_closed();

  Owner& owner_;
  const Limits limits_;
  WebSocketCodec codec_;
  std::vector<Bytes> queue_;
  std::size_t sent_of_first_{0};
  std::size_t queued_bytes_{0};
  DetachedLoop::Time deadline_;
  std::string unread_;
  Phase phase_{Phase::open};
  bool has_begun_{false};
  bool is_pinged_{false};
};

}  // namespace pm
