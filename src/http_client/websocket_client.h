#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "domain/error.h"

namespace pm {

/// The client's end of one WebSocket connection (RFC 6455): libcurl makes the connection, with TLS
/// where the URL says https, and wslay speaks the protocol. Messages are text. Pings are answered
/// by receive(). Not thread-safe: one connection is one thread's.
class WebSocketClient {
 public:
  struct Options {
    std::string url;                           ///< http or https, of url.h
    std::chrono::milliseconds timeout{5'000};  ///< of connecting and of the handshake, each
    int stop_fd{-1};  ///< once it is readable connecting ends, within about a second; -1: none
  };

  /// Connects and shakes hands. Errors: service_unreachable (nobody there, no answer in time,
  /// stopped), service_refused (an answer that is no WebSocket; the message has its status line).
  static Expected<WebSocketClient> connect(const Options& options);

  WebSocketClient(WebSocketClient&&) noexcept;
  WebSocketClient& operator=(WebSocketClient&&) noexcept;
  ~WebSocketClient();

  /// Waits until something has come, the time is over or `stop_fd` is readable; true when it is.
  bool wait(std::chrono::milliseconds longest, int stop_fd = -1);
  /// The messages that have come whole by now, in order. Does not wait.
  std::vector<std::string> receive();

  bool is_open() const;
  /// Why it is not open any more: a clause, such as "closed with code 1001".
  const std::string& reason() const;
  /// When anything came last, pings too.
  std::chrono::steady_clock::time_point last_heard() const;

  void send_text(std::string_view text);
  void ping();
  /// Says good-bye; what is still on its way is not waited for.
  void close();

 private:
  struct Connection;
  explicit WebSocketClient(std::unique_ptr<Connection> connection);

  std::unique_ptr<Connection> connection_;
};

}  // namespace pm
