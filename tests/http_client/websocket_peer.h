#pragma once

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <functional>
#include <future>
#include <string>
#include <utility>

#include "support/test_socket.h"

namespace pm::test {

/// What RFC 6455 section 4.2.2 wants for the request's key.
inline std::string accept_for(const std::string& request) {
  const std::string name = "Sec-WebSocket-Key: ";
  const auto at = request.find(name) + name.size();
  const auto text =
      request.substr(at, request.find('\r', at) - at) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  ::SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 32> encoded{};
  ::EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
  return reinterpret_cast<const char*>(encoded.data());
}

/// A server's frame, unmasked, of up to 65,535 bytes.
inline std::string server_frame(int opcode, const std::string& payload, bool fin = true) {
  std::string frame{static_cast<char>((fin ? 0x80 : 0) | opcode)};
  if (payload.size() < 126) {
    frame += static_cast<char>(payload.size());
  } else {
    frame += {126, static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size())};
  }
  return frame + payload;
}

/// Accepts one connection on 127.0.0.1 and plays a part on a thread of its own.
class WebSocketPeer {
 public:
  class Stage {
   public:
    explicit Stage(TestSocket socket) : socket_(std::move(socket)) {}
    void send(const std::string& bytes) const {
      ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    /// Everything up to what ends like that; "" when the client goes first.
    std::string read_until(const std::string& ending) const {
      std::string text;
      while (!text.ends_with(ending)) {
        char byte = 0;
        if (::recv(socket_.fd(), &byte, 1, 0) <= 0) return {};
        text += byte;
      }
      return text;
    }
    std::string read(std::size_t count) const {
      std::string bytes(count, '\0');
      const auto got = ::recv(socket_.fd(), bytes.data(), count, MSG_WAITALL);
      bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
      return bytes;
    }
    /// Answers the handshake; what follows it is sent with it.
    std::string shake_hands(const std::string& following = "") const {
      auto request = read_until("\r\n\r\n");
      send(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Accept: " +
          accept_for(request) + "\r\n\r\n" + following);
      return request;
    }

   private:
    TestSocket socket_;
  };

  explicit WebSocketPeer(std::function<std::string(Stage&)> part)
      : listener_(listen_on("127.0.0.1")),
        played_(std::async(std::launch::async, [this, part = std::move(part)] {
          Stage stage(listener_.accept());
          return part(stage);
        })) {}
  WebSocketPeer(const WebSocketPeer&) = delete;
  WebSocketPeer& operator=(const WebSocketPeer&) = delete;
  ~WebSocketPeer() { ::shutdown(listener_.fd(), SHUT_RDWR); }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(listener_.port()) + "/ws/updates?since=3";
  }
  /// What the part returned; waits for its end.
  std::string played() { return played_.get(); }

 private:
  TestSocket listener_;
  std::future<std::string> played_;
};

}  // namespace pm::test
