#pragma once

#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/test_socket.h"

namespace pm::test {

/// An answer as it came over the wire; names of headers in lower case.
struct Answer {
  std::string status_line;
  int status{0};
  std::map<std::string, std::string> headers;
  std::string body;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

/// A client's end of a connection: sends bytes as they are given and reads answers. Whatever takes
/// longer than the patience throws. Not thread-safe.
class HttpConnection {
 public:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr Milliseconds patience{20'000};

  /// `receive_buffer` above 0: a small one makes a client that does not read felt soon.
  explicit HttpConnection(int port, int receive_buffer = 0) : socket_("127.0.0.1", SOCK_STREAM) {
    if (receive_buffer > 0) socket_.set(SOL_SOCKET, SO_RCVBUF, receive_buffer);
    socket_.connect("127.0.0.1", port);
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) throw std::runtime_error("the server has closed the connection");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void end_sending() { ::shutdown(socket_.fd(), SHUT_WR); }
  void close() { socket_.close(); }
  /// Ends with a reset instead of an orderly close.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket_.close();
  }
  int fd() const { return socket_.fd(); }

  /// The next answer; the one to a HEAD request has no body.
  Answer read(bool head = false) {
    Answer answer = read_head();
    const bool has_body = !head && answer.status != 304 && answer.status >= 200;
    std::size_t length = 0;
    if (has_body) {
      const auto text = answer.header("content-length");
      std::from_chars(text.data(), text.data() + text.size(), length);
    }
    while (buffer_.size() < length) {
      if (!receive()) throw std::runtime_error("the connection ended within a body");
    }
    answer.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return answer;
  }
  Answer ask(std::string_view request) {
    send(request);
    return read();
  }
  /// True when the server has ended the connection and nothing more came before.
  bool at_end(Milliseconds timeout = patience) {
    if (!buffer_.empty() || !readable(timeout)) return false;
    char byte = 0;
    return ::recv(socket_.fd(), &byte, 1, 0) <= 0;
  }
  /// True when something can be read within the time: bytes or the end.
  bool readable(Milliseconds timeout) const {
    pollfd poll_fd{socket_.fd(), POLLIN, 0};
    return ::poll(&poll_fd, 1, static_cast<int>(timeout.count())) > 0;
  }
  /// What comes next, "" at the end of the connection.
  std::string read_some() {
    if (buffer_.empty()) receive();
    return std::exchange(buffer_, {});
  }
  /// Everything until the server ends the connection.
  std::string read_to_end() {
    while (receive()) {
    }
    return std::exchange(buffer_, {});
  }

 private:
  Answer read_head() {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) throw std::runtime_error("the connection ended without an answer");
    }
    const auto head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    Answer answer;
    for (std::size_t at = 0; at < head.size();) {
      const auto line_end = head.find("\r\n", at);
      const auto line = head.substr(at, line_end - at);
      at = line_end + 2;
      if (answer.status_line.empty()) {
        answer.status_line = line;
        std::from_chars(line.data() + 9, line.data() + line.size(), answer.status);
        continue;
      }
      const auto colon = line.find(": ");
      auto name = line.substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      });
      answer.headers[name] = line.substr(colon + 2);
    }
    return answer;
  }

  /// False at the end of the connection.
  bool receive() {
    if (!readable(patience)) throw std::runtime_error("nothing came in time");
    std::array<char, 65'536> chunk{};
    const auto got = ::recv(socket_.fd(), chunk.data(), chunk.size(), 0);
    if (got <= 0) return false;
    buffer_.append(chunk.data(), static_cast<std::size_t>(got));
    return true;
  }

  TestSocket socket_;
  std::string buffer_;
};

}  // namespace pm::test
