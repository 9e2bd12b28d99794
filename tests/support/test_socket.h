#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <system_error>
#include <utility>

namespace pm::test {

/// A socket of a test's own making. Addresses are IPv4 or IPv6 literals.
class TestSocket {
 public:
  TestSocket(const std::string& address, int type)
      : family_(address.find(':') == std::string::npos ? AF_INET : AF_INET6),
        fd_(::socket(family_, type | SOCK_CLOEXEC, 0)) {
    require(fd_, "socket");
  }
  TestSocket(TestSocket&& other) noexcept
      : family_(other.family_), fd_(std::exchange(other.fd_, -1)) {}
  TestSocket& operator=(TestSocket&&) = delete;
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;
  ~TestSocket() { close(); }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  int fd() const { return fd_; }

  void set(int level, int option, int value) {
    require(::setsockopt(fd_, level, option, &value, sizeof value), "setsockopt");
  }

  bool try_bind(const std::string& address, int port) {
    const auto [raw, size] = raw_address(address, port);
    return ::bind(fd_, reinterpret_cast<const sockaddr*>(&raw), size) == 0;
  }
  void bind(const std::string& address, int port) {
    require(try_bind(address, port) ? 0 : -1, "bind");
  }
  void listen(int backlog = 16) { require(::listen(fd_, backlog), "listen"); }
  bool try_connect(const std::string& address, int port) {
    const auto [raw, size] = raw_address(address, port);
    return ::connect(fd_, reinterpret_cast<const sockaddr*>(&raw), size) == 0;
  }
  void connect(const std::string& address, int port) {
    require(try_connect(address, port) ? 0 : -1, "connect");
  }
  TestSocket accept() const {
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    require(fd, "accept");
    return TestSocket(family_, fd);
  }

  int port() const {
    sockaddr_storage raw{};
    socklen_t size = sizeof raw;
    require(::getsockname(fd_, reinterpret_cast<sockaddr*>(&raw), &size), "getsockname");
    // The port is at the same place in both families' addresses.
    return ntohs(reinterpret_cast<const sockaddr_in*>(&raw)->sin_port);
  }

  /// What /proc/[pid]/fd calls it: "socket:[inode]".
  unsigned long inode() const {
    struct stat status {};
    require(::fstat(fd_, &status), "fstat");
    return status.st_ino;
  }

 private:
  TestSocket(int family, int fd) : family_(family), fd_(fd) {}

  static void require(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  }

  std::pair<sockaddr_storage, socklen_t> raw_address(const std::string& address, int port) const {
    sockaddr_storage raw{};
    if (family_ == AF_INET) {
      auto& v4 = reinterpret_cast<sockaddr_in&>(raw);
      v4.sin_family = AF_INET;
      v4.sin_port = htons(static_cast<std::uint16_t>(port));
      ::inet_pton(AF_INET, address.c_str(), &v4.sin_addr);
      return {raw, sizeof(sockaddr_in)};
    }
    auto& v6 = reinterpret_cast<sockaddr_in6&>(raw);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<std::uint16_t>(port));
    ::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr);
    return {raw, sizeof(sockaddr_in6)};
  }

  int family_;
  int fd_;
};

/// Listens as a service does, with SO_REUSEADDR. `port` 0: the kernel's choice.
inline TestSocket listen_on(const std::string& address, int port = 0, int backlog = 16) {
  TestSocket socket(address, SOCK_STREAM);
  socket.set(SOL_SOCKET, SO_REUSEADDR, 1);
  socket.bind(address, port);
  socket.listen(backlog);
  return socket;
}

inline TestSocket udp_on(const std::string& address, int port) {
  TestSocket socket(address, SOCK_DGRAM);
  socket.bind(address, port);
  return socket;
}

inline bool has_ipv6() {
  try {
    return TestSocket("::1", SOCK_STREAM).try_bind("::1", 0);
  } catch (const std::system_error&) {
    return false;
  }
}

/// A port that nobody has, neither TCP nor UDP, on any address. It is below the usual
/// ip_local_port_range, so that no outgoing connection takes it meanwhile, and random, so that
/// tests that run at the same time do not meet.
inline int free_port() {
  const std::string any = has_ipv6() ? "::" : "0.0.0.0";
  std::random_device random;
  std::uniform_int_distribution<int> ports(15000, 31999);
  while (true) {
    const int port = ports(random);
    if (TestSocket(any, SOCK_STREAM).try_bind(any, port) &&
        TestSocket(any, SOCK_DGRAM).try_bind(any, port)) {
      return port;
    }
  }
}

/// A port on which nobody listens and one closed connection lingers in TIME_WAIT.
inline int leave_time_wait() {
  const int port = free_port();
  const auto listener = listen_on("127.0.0.1", port);
  TestSocket client("127.0.0.1", SOCK_STREAM);
  client.connect("127.0.0.1", port);
  listener.accept().close();  // the side that closes first waits
  return port;
}

}  // namespace pm::test
