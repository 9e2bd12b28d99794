#pragma once

#include <array>
#include <charconv>
#include <future>
#include <string>
#include <utility>

#include "support/test_socket.h"

namespace pm::test {

/// Accepts one connection on 127.0.0.1, reads one HTTP request, sends the given bytes as they are
/// and closes. For answers that no proper server would give.
class CannedServer {
 public:
  explicit CannedServer(std::string answer, const std::string& address = "127.0.0.1")
      : listener_(listen_on(address)),
        request_(std::async(std::launch::async, [this, answer = std::move(answer)] {
          const TestSocket connection = listener_.accept();
          std::string request = read_request(connection);
          send_all(connection, answer);
          return request;
        })) {}
  CannedServer(const CannedServer&) = delete;
  CannedServer& operator=(const CannedServer&) = delete;
  ~CannedServer() { ::shutdown(listener_.fd(), SHUT_RDWR); }  // wakes a thread still in accept

  int port() const { return listener_.port(); }
  /// The request as it came; waits for it. Once only.
  std::string request() { return request_.get(); }

 private:
  static std::string read_request(const TestSocket& connection) {
    std::string text;
    std::array<char, 4096> chunk{};
    while (!is_whole(text)) {
      const ssize_t size = ::recv(connection.fd(), chunk.data(), chunk.size(), 0);
      if (size <= 0) break;
      text.append(chunk.data(), static_cast<std::size_t>(size));
    }
    return text;
  }

  static bool is_whole(const std::string& text) {
    const auto end = text.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::string name = "Content-Length: ";
    std::size_t length = 0;
    if (const auto at = text.find(name); at < end) {
      std::from_chars(text.data() + at + name.size(), text.data() + end, length);
    }
    return text.size() >= end + 4 + length;
  }

  static void send_all(const TestSocket& connection, const std::string& text) {
    for (std::size_t sent = 0; sent < text.size();) {
      const ssize_t size =
          ::send(connection.fd(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (size <= 0) return;
      sent += static_cast<std::size_t>(size);
    }
  }

  TestSocket listener_;
  std::future<std::string> request_;
};

}  // namespace pm::test
