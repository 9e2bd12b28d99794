#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct wslay_event_context;

namespace pm {

/// The server's end of one WebSocket connection as bytes in and bytes out (RFC 6455), by wslay: it
/// puts messages together, answers pings and closes, and refuses what the protocol does not allow.
/// wslay's state of some 8 KiB is held only while something is half done, so that an idle
/// connection costs next to nothing.
///
/// Not thread-safe: one connection is one thread's.
class WebSocketCodec {
 public:
  /// The longest message that is taken, in bytes; a longer one ends the connection with 1009.
  static constexpr std::uint64_t longest_message = 64 * 1024;

  /// What came of the client's bytes.
  struct Event {
    enum class Kind : std::uint8_t {
      text,    ///< a message, whole
      answer,  ///< frames to be sent: pongs, and the close that answers one or that a fault calls
               ///< for
    };
    Kind kind{Kind::text};
    std::string data;
  };

  WebSocketCodec();
  ~WebSocketCodec();
  WebSocketCodec(WebSocketCodec&&) noexcept;
  WebSocketCodec& operator=(WebSocketCodec&&) noexcept;

  /// Takes what has come from the client, however it was cut, and answers what came of it, in
  /// order. After a close what comes is passed over.
  std::vector<Event> receive(std::string_view bytes);

  /// The close frame, once; "" when one was sent before. No other frame may be sent after it.
  std::string close(std::uint16_t code, const std::string& reason);

  bool close_sent() const { return close_sent_; }
  bool close_received() const { return close_received_; }
  /// The client did what is not allowed: nothing of it is read any more, its close neither.
  bool has_failed() const { return has_failed_; }
  /// Nothing is half done and no state is held.
  bool is_idle() const { return !context_; }

  /// A whole frame of the server, unmasked, to be sent to any number of clients.
  static std::string text_frame(std::string_view text);
  static std::string ping_frame();

 private:
  struct Context;

  Context& context();
  void finish();
  std::string give_up();

  std::unique_ptr<Context> context_;
  bool close_sent_{false};
  bool close_received_{false};
  bool has_failed_{false};
};

}  // namespace pm
