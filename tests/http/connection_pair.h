#pragma once

#include <fcntl.h>

#include "app/unique_fd.h"
#include "http/http_connection.h"

namespace pm::test {

/// Both ends of a TCP connection with small buffers: the server's, and the client's that a test
/// reads from.
class ConnectionPair {
 public:
  explicit ConnectionPair(int receive_buffer = 16 * 1024)
      : listener_(listen_on("127.0.0.1")), client_(listener_.port(), receive_buffer) {
    TestSocket accepted = listener_.accept();
    accepted.set(SOL_SOCKET, SO_SNDBUF, 64 * 1024);
    server_.reset(::fcntl(accepted.fd(), F_DUPFD_CLOEXEC, 0));
  }

  HttpConnection& client() { return client_; }
  UniqueFd take_server() { return std::move(server_); }
  int server() const { return server_.get(); }

 private:
  TestSocket listener_;
  HttpConnection client_;
  UniqueFd server_;
};

}  // namespace pm::test
