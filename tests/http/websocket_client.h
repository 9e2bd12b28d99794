#pragma once

#include <wslay/wslay.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

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

/// The close code of the frame that the bytes end with; 0 when they do not end with one without a
/// reason of ours.
inline int close_code(const std::string& bytes) {
  const auto at = bytes.find('\x88');
  if (at == std::string::npos || bytes.size() < at + 4) return 0;
  return static_cast<unsigned char>(bytes[at + 2]) << 8 | static_cast<unsigned char>(bytes[at + 3]);
}

}  // namespace pm::test
