#include "http/listening_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

namespace pm {
namespace {

struct AddrInfoDeleter {
  void operator()(addrinfo* info) const { ::freeaddrinfo(info); }
};

struct Name {
  int family{AF_UNSPEC};
  std::string address;
  std::uint16_t port{0};
};

Name name_of(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET6) {
    const auto* address = reinterpret_cast<const sockaddr_in6*>(&storage);
    ::inet_ntop(AF_INET6, &address->sin6_addr, text.data(), text.size());
    return {AF_INET6, text.data(), ntohs(address->sin6_port)};
  }
  if (storage.ss_family == AF_INET) {
    const auto* address = reinterpret_cast<const sockaddr_in*>(&storage);
    ::inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
    return {AF_INET, text.data(), ntohs(address->sin_port)};
  }
  return {storage.ss_family, {}, 0};
}

bool is_unconnected_stream(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) return false;
  sockaddr_storage peer{};
  socklen_t peer_size = sizeof peer;
  return ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0;
}

Error cannot_listen(const std::string& host, std::uint16_t port, int error_number) {
  return {error_number == EADDRINUSE ? ErrorCode::port_in_use : ErrorCode::out_of_bounds,
          "Cannot listen on " + host + ":" + std::to_string(port) + ": " +
              std::generic_category().message(error_number) + ".",
          {}};
}

}  // namespace

Expected<ListeningSocket> ListeningSocket::bound(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const auto service = std::to_string(port);
  if (const int failure = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found)) {
    return fail(ErrorCode::out_of_bounds, "The address " + host + " is not usable: " +
                                              ::gai_strerror(failure) + ". Give another --host.");
  }
  const std::unique_ptr<addrinfo, AddrInfoDeleter> address(found);
  UniqueFd fd(::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!fd || ::bind(fd.get(), address->ai_addr, address->ai_addrlen) != 0) {
    return tl::unexpected(cannot_listen(host, port, errno));
  }
  const auto taken = name_of(fd.get()).port;
  return ListeningSocket{std::move(fd), host, taken};
}

Expected<ListeningSocket> ListeningSocket::inherited(UniqueFd fd) {
  const auto name = name_of(fd.get());
  const bool is_ip = name.family == AF_INET || name.family == AF_INET6;
  const bool fits = is_ip && name.port != 0 && is_unconnected_stream(fd.get());
  if (!fits || ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK) != 0 ||
      ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC) != 0) {
    return fail(ErrorCode::out_of_bounds,
                "The socket that the service manager has passed is not a TCP socket of an address "
                "and a port. Give its socket unit a line such as ListenStream=127.0.0.1:8100.");
  }
  return ListeningSocket{std::move(fd), name.address, name.port};
}

Expected<void> ListeningSocket::listen() const {
  if (::listen(fd.get(), SOMAXCONN) == 0) return {};
  return tl::unexpected(cannot_listen(host, port, errno));
}

}  // namespace pm
