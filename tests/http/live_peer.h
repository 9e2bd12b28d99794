#pragma once

#include <string>
#include <vector>

#include "app/strict_json.h"
#include "http/connection_pair.h"
#include "http/websocket_client.h"

namespace pm::test {

/// The client's end of a WebSocket connection whose handshake is done. What takes too long throws.
class LivePeer {
 public:
  explicit LivePeer(int receive_buffer = 16 * 1024) : pair_(receive_buffer) {}

  UniqueFd take_server() { return pair_.take_server(); }
  HttpConnection& connection() { return pair_.client(); }

  void say(std::string_view text) { pair_.client().send(client_text(text)); }

  /// The next frame. Throws at the end of the connection.
  ServerFrame frame() {
    while (!reader_.has_frame()) {
      auto bytes = pair_.client().read_some();
      if (bytes.empty()) throw std::runtime_error("the server has ended the connection");
      reader_.feed(std::move(bytes));
    }
    return reader_.take();
  }
  /// The next frame, which is to be a text, as JSON.
  Json message() {
    const auto next = frame();
    if (next.opcode != WSLAY_TEXT_FRAME) {
      throw std::runtime_error("no text but opcode " + std::to_string(next.opcode));
    }
    return Json::parse(next.payload);
  }
  /// Everything up to the close frame, which comes last.
  std::vector<ServerFrame> frames_to_close() {
    std::vector<ServerFrame> frames;
    do {
      frames.push_back(frame());
    } while (frames.back().opcode != WSLAY_CONNECTION_CLOSE);
    return frames;
  }
  /// Every frame until the connection ends.
  std::vector<ServerFrame> frames_to_end() {
    std::vector<ServerFrame> frames;
    for (auto bytes = pair_.client().read_some(); !bytes.empty();
         bytes = pair_.client().read_some()) {
      reader_.feed(std::move(bytes));
    }
    while (reader_.has_frame()) frames.push_back(reader_.take());
    return frames;
  }
  /// The code that the server closes with, past everything before it.
  int close_code() { return close_code_of(frames_to_close().back()); }

 private:
  ConnectionPair pair_;
  FrameReader reader_;
};

}  // namespace pm::test
