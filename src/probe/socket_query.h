#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "domain/port.h"

namespace pm {

/// Which listening sockets to dump.
struct SocketQuery {
  int family{0};  ///< AF_INET or AF_INET6
  Protocol protocol{Protocol::tcp};
  std::optional<Port> port;

  bool wants(int candidate) const {
    return port ? candidate == port->value() : candidate >= Port::lowest;
  }
};

/// The state that a listening socket of the protocol is in, as the kernel numbers TCP's states
/// (TCP_LISTEN and TCP_CLOSE in tcp(7)'s header): an unconnected UDP socket counts as closed.
int listening_state(Protocol protocol);

/// An address as the kernel hands it out: network byte order, one word for IPv4, four for IPv6.
using AddressWords = std::array<std::uint32_t, 4>;

/// "127.0.0.1", "::1"; an IPv4-mapped IPv6 address as IPv4.
std::string address_text(int family, const AddressWords& words);

}  // namespace pm
