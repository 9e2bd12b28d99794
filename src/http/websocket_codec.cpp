#include "http/websocket_codec.h"

#include <wslay/wslay.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <new>
#include <utility>

#include "app/strict_json.h"

namespace pm {
namespace {

constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t opcode_bits = 0x0f;
constexpr std::size_t longest_control = 125;
constexpr std::size_t first_bytes = 2;   ///< of a frame: opcode, mask bit and short length
constexpr std::size_t least_header = 6;  ///< of a masked frame
constexpr std::size_t code_bytes = 2;    ///< of a close frame's payload

bool is_utf8(const std::string& text) {
  try {
    return !Json(text).dump().empty();
  } catch (const Json::type_error&) {
    return false;
  }
}

std::string frame(std::uint8_t opcode, std::string_view payload) {
  std::string bytes;
  wslay_frame_callbacks callbacks{};
  callbacks.send_callback = [](const std::uint8_t* data, std::size_t length, int /*flags*/,
                               void* target) {
    static_cast<std::string*>(target)->append(reinterpret_cast<const char*>(data), length);
    return static_cast<ssize_t>(length);
  };
  wslay_frame_context_ptr context = nullptr;
  if (wslay_frame_context_init(&context, &callbacks, &bytes) != 0) throw std::bad_alloc();
  wslay_frame_iocb iocb{};
  iocb.fin = 1;
  iocb.opcode = opcode;
  iocb.payload_length = iocb.data_length = payload.size();
  iocb.data = reinterpret_cast<const std::uint8_t*>(payload.data());
  wslay_frame_send(context, &iocb);
  wslay_frame_context_free(context);
  return bytes;
}

}  // namespace

/// wslay's state, and where in the client's bytes it stands. It is fed so that it never sees bytes
/// of two frames at once: that is how a frame's end, and with it the moment at which the state can
/// be given up, is known without reading the framing a second time.
struct WebSocketCodec::Context {
  Context() {
    wslay_event_callbacks callbacks{};
    callbacks.recv_callback = receive_some;
    callbacks.send_callback = send;
    callbacks.on_frame_recv_start_callback = begin_frame;
    callbacks.on_frame_recv_chunk_callback = take_chunk;
    callbacks.on_frame_recv_end_callback = end_frame;
    callbacks.on_msg_recv_callback = take_message;
    if (wslay_event_context_server_init(&event, &callbacks, this) != 0) throw std::bad_alloc();
    wslay_event_config_set_max_recv_msg_length(event, longest_message);
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { wslay_event_context_free(event); }

  static Context& of(void* self) { return *static_cast<Context*>(self); }

  static ssize_t receive_some(wslay_event_context_ptr event, std::uint8_t* buffer,
                              std::size_t length, int /*flags*/, void* self) {
    auto& context = of(self);
    const auto count = std::min({length, context.input.size(), context.wanted()});
    // What answers a frame goes out before the next is looked at: wslay drops the pong that a close
    // follows.
    const bool has_answer = context.position == 0 && wslay_event_want_write(event) != 0;
    if (count == 0 || context.is_unmasked || has_answer || context.waits_for_rest()) {
      wslay_event_set_error(event, WSLAY_ERR_WOULDBLOCK);
      return -1;
    }
    std::copy_n(context.input.begin(), count, buffer);
    context.input.remove_prefix(count);
    context.take(buffer, count);
    return static_cast<ssize_t>(count);
  }

  /// How many bytes certainly belong to the frame under way.
  std::size_t wanted() const {
    if (position < first_bytes) return first_bytes - position;
    if (position < least_header) return least_header - position;
    if (position == least_header && close_length > 0) return close_length;
    return is_in_payload ? std::max<std::size_t>(payload_left, 1) : 1;
  }

  /// wslay leaves out the code, before it looks whether the rest is UTF-8, in each piece of a close
  /// that it is given: it gets the payload of one only when all of it is there.
  bool waits_for_rest() const { return position == least_header && input.size() < close_length; }

  void take(const std::uint8_t* bytes, std::size_t count) {
    if (position == 0) is_close = (bytes[0] & opcode_bits) == WSLAY_CONNECTION_CLOSE;
    if (position < first_bytes && position + count == first_bytes) take_length(bytes[count - 1]);
    if (is_in_payload) payload_left -= std::min(payload_left, count);
    position += count;
  }

  void take_length(std::uint8_t byte) {
    // wslay takes unmasked frames of a client; RFC 6455 section 5.1 does not.
    is_unmasked = (byte & mask_bit) == 0;
    const std::size_t length = byte & ~mask_bit;
    close_length = is_close && length <= longest_control ? length : 0;
  }

  static void begin_frame(wslay_event_context_ptr event,
                          const wslay_event_on_frame_recv_start_arg* frame, void* self) {
    auto& context = of(self);
    context.is_in_payload = true;
    // wslay tells of a frame with the first byte of its payload, where there is one.
    context.payload_left =
        frame->payload_length - std::min<std::uint64_t>(frame->payload_length, 1);
    // A code is two bytes (RFC 6455 section 5.5.1).
    if (context.is_close && frame->payload_length == 1) fail(event, WSLAY_CODE_PROTOCOL_ERROR);
    if (wslay_is_ctrl_frame(frame->opcode) == 0) context.is_fragmented = frame->fin == 0;
  }

  static void take_chunk(wslay_event_context_ptr event,
                         const wslay_event_on_frame_recv_chunk_arg* chunk, void* self) {
    // wslay does not mind a reason that ends within a character.
    if (!of(self).is_close || chunk->data_length <= code_bytes) return;
    const auto* reason = reinterpret_cast<const char*>(chunk->data) + code_bytes;
    if (!is_utf8({reason, chunk->data_length - code_bytes})) {
      fail(event, WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA);
    }
  }

  static void end_frame(wslay_event_context_ptr /*event*/, void* self) {
    auto& context = of(self);
    context.position = 0;
    context.close_length = 0;
    context.is_in_payload = false;
  }

  static void take_message(wslay_event_context_ptr event,
                           const wslay_event_on_msg_recv_arg* message, void* self) {
    if (message->opcode == WSLAY_TEXT_FRAME) {
      of(self).events.push_back(
          {Event::Kind::text, {reinterpret_cast<const char*>(message->msg), message->msg_length}});
    } else if (message->opcode == WSLAY_BINARY_FRAME) {
      fail(event, WSLAY_CODE_UNSUPPORTED_DATA, "Send text: messages here are JSON.");
    }
  }

  static ssize_t send(wslay_event_context_ptr /*event*/, const std::uint8_t* data,
                      std::size_t length, int /*flags*/, void* self) {
    of(self).output.append(reinterpret_cast<const char*>(data), length);
    return static_cast<ssize_t>(length);
  }

  static void fail(wslay_event_context_ptr event, std::uint16_t code,
                   std::string_view reason = {}) {
    wslay_event_queue_close(event, code, reinterpret_cast<const std::uint8_t*>(reason.data()),
                            reason.size());
    wslay_event_shutdown_read(event);
  }

  bool can_read() const {
    return !input.empty() && !waits_for_rest() && wslay_event_get_read_enabled(event) != 0;
  }

  void send_queued() {
    while (wslay_event_want_write(event) != 0 && wslay_event_send(event) == 0) {
    }
  }

  bool is_at_rest() const {
    return position == 0 && !is_fragmented && wslay_event_want_write(event) == 0;
  }

  wslay_event_context_ptr event{nullptr};
  std::string_view input;
  std::string held;  ///< a close that is not whole yet
  std::vector<Event> events;
  std::string output;
  std::size_t position{0};  ///< in the frame under way
  std::uint64_t payload_left{0};
  std::size_t close_length{0};  ///< of the close under way, without its header
  bool is_close{false};
  bool is_in_payload{false};
  bool is_fragmented{false};  ///< a message waits for its next fragment
  bool is_unmasked{false};
};

WebSocketCodec::WebSocketCodec() = default;
WebSocketCodec::~WebSocketCodec() = default;
WebSocketCodec::WebSocketCodec(WebSocketCodec&&) noexcept = default;
WebSocketCodec& WebSocketCodec::operator=(WebSocketCodec&&) noexcept = default;

WebSocketCodec::Context& WebSocketCodec::context() {
  if (!context_) context_ = std::make_unique<Context>();
  return *context_;
}

std::vector<WebSocketCodec::Event> WebSocketCodec::receive(std::string_view bytes) {
  std::vector<Event> events;
  if (bytes.empty() || has_failed_) return events;
  auto& state = context();
  auto joined = std::exchange(state.held, {});
  if (!joined.empty()) bytes = joined.append(bytes);
  state.input = bytes;
  while (state.can_read()) {
    const bool is_valid = wslay_event_recv(state.event) == 0 && !state.is_unmasked;
    std::move(state.events.begin(), state.events.end(), std::back_inserter(events));
    state.events.clear();
    if (!is_valid) {
      auto farewell = give_up();
      if (!farewell.empty()) events.push_back({Event::Kind::answer, std::move(farewell)});
      return events;
    }
    state.send_queued();
    if (!state.output.empty()) {
      events.push_back({Event::Kind::answer, std::exchange(state.output, {})});
    }
  }
  if (state.waits_for_rest()) state.held = state.input;
  finish();
  return events;
}

std::string WebSocketCodec::close(std::uint16_t code, const std::string& reason) {
  if (close_sent_) return {};
  auto& state = context();
  wslay_event_queue_close(state.event, code, reinterpret_cast<const std::uint8_t*>(reason.data()),
                          reason.size());
  state.send_queued();
  auto output = std::exchange(state.output, {});
  finish();
  return output;
}

/// For faults that wslay does not see, or for which it would close without a code.
std::string WebSocketCodec::give_up() {
  static constexpr std::array<char, code_bytes> protocol_error{'\x03', '\xea'};
  has_failed_ = true;
  context_.reset();
  if (std::exchange(close_sent_, true)) return {};
  return frame(WSLAY_CONNECTION_CLOSE, {protocol_error.data(), protocol_error.size()});
}

void WebSocketCodec::finish() {
  auto& state = *context_;
  state.input = {};
  close_sent_ = wslay_event_get_close_sent(state.event) != 0;
  close_received_ = wslay_event_get_close_received(state.event) != 0;
  has_failed_ = !close_received_ && wslay_event_get_read_enabled(state.event) == 0;
  if (state.is_at_rest() && !close_sent_ && !close_received_) context_.reset();
}

std::string WebSocketCodec::text_frame(std::string_view text) {
  return frame(WSLAY_TEXT_FRAME, text);
}

std::string WebSocketCodec::ping_frame() {
  return frame(WSLAY_PING, {});
}

}  // namespace pm
