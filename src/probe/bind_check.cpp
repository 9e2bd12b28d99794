#include "probe/bind_check.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace pm {
namespace {

constexpr int bound = 0;
constexpr int family_missing = -1;

int switch_on(int fd, int level, int option) {
  const int on = 1;
  return ::setsockopt(fd, level, option, &on, sizeof on) == 0 ? 0 : errno;
}

int bind_wildcard(int fd, int family, Port port) {
  if (family == AF_INET) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port.value());
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    return ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port.value());
  address.sin6_addr = in6addr_any;
  return ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

struct Bound {
  int error{bound};  ///< `bound`, `family_missing`, or the errno of what failed
  UniqueFd fd;
};

Bound bind_family(int family, Protocol protocol, Port port, bool reuse_address) {
  const int type = protocol == Protocol::tcp ? SOCK_STREAM : SOCK_DGRAM;
  UniqueFd fd(::socket(family, type | SOCK_CLOEXEC, 0));
  if (!fd) return {errno == EAFNOSUPPORT ? family_missing : errno, {}};
  if (reuse_address) {
    if (const int error = switch_on(fd.get(), SOL_SOCKET, SO_REUSEADDR); error != 0) {
      return {error, {}};
    }
  }
  if (family == AF_INET6) {
    if (const int error = switch_on(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY); error != 0) {
      return {error, {}};
    }
  }
  if (bind_wildcard(fd.get(), family, port) != 0) {
    return {errno == EADDRNOTAVAIL ? family_missing : errno, {}};
  }
  return {bound, std::move(fd)};
}

int try_family(int family, Protocol protocol, Port port) {
  const bool tcp = protocol == Protocol::tcp;
  const auto [error, fd] = bind_family(family, protocol, port, tcp);
  if (error != bound) return error;
  if (tcp && ::listen(fd.get(), 1) != 0) return errno;
  return bound;
}

}  // namespace

BindAttempt try_bind(Protocol protocol, Port port) {
  BindAttempt attempt{Bindable::not_applicable, EAFNOSUPPORT};
  for (const int family : {AF_INET, AF_INET6}) {
    const int outcome = try_family(family, protocol, port);
    if (outcome == family_missing) continue;
    if (outcome != bound) return {Bindable::no, outcome};
    attempt = {Bindable::yes, 0};
  }
  return attempt;
}

KeptBind bind_and_keep(Protocol protocol, Port port) {
  KeptBind kept{{Bindable::not_applicable, EAFNOSUPPORT}, {}, {}};
  for (const int family : {AF_INET, AF_INET6}) {
    auto [error, fd] = bind_family(family, protocol, port, false);
    if (error == family_missing) continue;
    if (error != bound) return {{Bindable::no, error}, {}, {}};
    kept.attempt = {Bindable::yes, 0};
    (family == AF_INET ? kept.v4 : kept.v6) = std::move(fd);
  }
  return kept;
}

}  // namespace pm
