#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/detached_loop.h"
#include "http/websocket_codec.h"

namespace pm {

/// One WebSocket client in the loop's care: what it is sent waits for it, what it sends is read, it
/// is pinged when it is silent, and it is cut off when it does not read. What is said to it is the
/// derived class's business. Of the loop's thread, but for send().
class WebSocketSession : public DetachedLoop::Session {
 public:
  /// A whole frame, shared by all who are sent it.
  using Bytes = std::shared_ptr<const std::string>;

  struct Limits {
    std::size_t queued{1024 * 1024};  ///< bytes that may wait for a client
    /// A client from which nothing came for so long is pinged, and after as long again cut off; not
    /// while it takes what waits for it.
    DetachedLoop::Milliseconds ping_after{30'000};
  };

  /// Sends frames, as far as the socket takes them now; the rest waits. A client that has taken
  /// whatever came before is given all of them, however many they are. One for which something
  /// waits still, and together with these more than the limit, is cut off.
  ///
  /// It touches this session alone, so that several threads may call it for several sessions at a
  /// time while the loop's thread waits for them; DetachedLoop::refresh() has to follow where the
  /// session is not settled then.
  void send(std::span<const Bytes> frames);

  bool is_open() const { return phase_ == Phase::open; }

  Events waits_for() const override;
  void on_begin() override;
  void on_ready(Events events) override;
  DetachedLoop::Time deadline() const override { return deadline_; }
  void on_time() override;
  void on_stop() override;

 protected:
  /// `unread`: what came behind the handshake. The limits outlive the session.
  WebSocketSession(UniqueFd fd, std::string unread, const Limits& limits);

  // What the derived class is told.
  virtual void on_open() = 0;
  virtual void on_text(const std::string& text) = 0;
  /// All that it was given is sent, and there is time for more. Called again and again while it
  /// queues something.
  virtual void on_drained() {}
  /// The client did not read and is being cut off. Called by send() too, on its thread.
  virtual void on_cut_off() {}

  /// For the calls above: queues a frame, which goes out when the call is over. Nothing is queued
  /// any more once the end has begun.
  void queue(Bytes frame);
  /// Bytes that wait for the client.
  std::size_t queued() const { return queued_bytes_; }
  /// Begins the end, behind what is queued.
  void close(std::uint16_t code, const std::string& reason);
  /// Begins the end of a client that is too slow: nothing but the frame under way comes before it.
  void cut_off();

 private:
  enum class Phase : std::uint8_t {
    open,
    closing,  ///< a close frame is on its way, or waits for its answer
    ended,    ///< both have closed: the client ends the connection
    over,
  };

  bool read_some();
  void receive(std::string_view bytes);
  void push(Bytes frame);
  bool is_too_much(std::size_t more) const;
  void send_at_once(std::span<const Bytes> frames);
  void flush();
  void end_turn();
  void begin_closing(DetachedLoop::Milliseconds patience);
  void extend_deadline();
  void end_if_closed();

  const Limits& limits_;
  WebSocketCodec codec_;
  std::vector<Bytes> queue_;
  std::size_t sent_of_first_{0};
  std::size_t queued_bytes_{0};
  std::size_t burst_{0};  ///< of them, those that came at once to a client for which nothing waited
  DetachedLoop::Time deadline_;
  std::string unread_;
  Phase phase_{Phase::open};
  bool is_pinged_{false};
};

}  // namespace pm
