#pragma once

#include <wslay/wslay.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace pm::test {

/// A client's frame, masked, with any bits: `rsv` as wslay has them, `fin` 0 for a fragment.
inline std::string client_frame(std::uint8_t opcode, std::string_view payload, bool fin = true,
                                bool masked = true, std::uint8_t rsv = 0) {
  std::string bytes;
  wslay_frame_callbacks callbacks{};
  callbacks.send_callback = [](const std::uint8_t* data, std::size_t length, int, void* target) {
    static_cast<std::string*>(target)->append(reinterpret_cast<const char*>(data), length);
    return static_cast<ssize_t>(length);
  };
  callbacks.genmask_callback = [](std::uint8_t* mask, std::size_t length, void*) {
    for (std::size_t i = 0; i < length; ++i) mask[i] = static_cast<std::uint8_t>(17 * i + 3);
    return 0;
  };
  wslay_frame_context_ptr context = nullptr;
  if (wslay_frame_context_init(&context, &callbacks, &bytes) != 0) throw std::bad_alloc();
  wslay_frame_iocb iocb{};
  iocb.fin = fin ? 1 : 0;
  iocb.rsv = rsv;
  iocb.opcode = opcode;
  iocb.mask = masked ? 1 : 0;
  iocb.payload_length = payload.size();
  std::size_t sent = 0;
  do {
    iocb.data = reinterpret_cast<const std::uint8_t*>(payload.data()) + sent;
    iocb.data_length = payload.size() - sent;
    const auto count = wslay_frame_send(context, &iocb);
    if (count < 0) throw std::runtime_error("wslay does not make this frame");
    sent += static_cast<std::size_t>(count);
  } while (sent < payload.size());
  wslay_frame_context_free(context);
  return bytes;
}

inline std::string client_text(std::string_view text) {
  return client_frame(WSLAY_TEXT_FRAME, text);
}

/// The payload of a close frame.
inline std::string close_payload(int code, std::string_view reason = "") {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  return payload.append(reason);
}

/// A frame as the server has sent it.
struct ServerFrame {
  int opcode{0};
  std::string payload;
};

/// The code of a close frame; 0 without one.
inline int close_code_of(const ServerFrame& frame) {
  if (frame.opcode != WSLAY_CONNECTION_CLOSE || frame.payload.size() < 2) return 0;
  return static_cast<unsigned char>(frame.payload[0]) << 8 |
         static_cast<unsigned char>(frame.payload[1]);
}

/// Takes a server's bytes apart. Fragments and masks are not what this server sends: they throw.
class FrameReader {
 public:
  FrameReader() {
    wslay_frame_callbacks callbacks{};
    callbacks.recv_callback = [](std::uint8_t* buffer, std::size_t length, int, void* self) {
      return static_cast<FrameReader*>(self)->give(buffer, length);
    };
    if (wslay_frame_context_init(&context_, &callbacks, this) != 0) throw std::bad_alloc();
  }
  ~FrameReader() { wslay_frame_context_free(context_); }
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;

  void feed(std::string bytes) {
    input_.erase(0, std::exchange(given_, 0));
    input_ += bytes;
    parse();
  }
  bool has_frame() const { return !frames_.empty(); }
  ServerFrame take() {
    auto frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
  }

 private:
  ssize_t give(std::uint8_t* buffer, std::size_t length) {
    const auto count = std::min(length, input_.size() - given_);
    if (count == 0) return -1;
    std::copy_n(input_.begin() + static_cast<std::ptrdiff_t>(given_), count, buffer);
    given_ += count;
    return static_cast<ssize_t>(count);
  }

  void parse() {
    for (;;) {
      wslay_frame_iocb iocb{};
      const auto got = wslay_frame_recv(context_, &iocb);
      if (got == WSLAY_ERR_WANT_READ) return;
      if (got < 0 || iocb.fin == 0 || iocb.mask != 0 || iocb.rsv != 0) {
        throw std::runtime_error("no frame that a server may send here");
      }
      partial_.opcode = iocb.opcode;
      partial_.payload.append(reinterpret_cast<const char*>(iocb.data), iocb.data_length);
      if (partial_.payload.size() == iocb.payload_length) {
        frames_.push_back(std::exchange(partial_, {}));
      }
    }
  }

  wslay_frame_context_ptr context_{nullptr};
  std::string input_;
  std::size_t given_{0};
  ServerFrame partial_;
  std::deque<ServerFrame> frames_;
};

/// The close code of the frame that the bytes end with; 0 when they do not end with one without a
/// reason of ours.
inline int close_code(const std::string& bytes) {
  const auto at = bytes.find('\x88');
  if (at == std::string::npos || bytes.size() < at + 4) return 0;
  return static_cast<unsigned char>(bytes[at + 2]) << 8 | static_cast<unsigned char>(bytes[at + 3]);
}

}  // namespace pm::test
