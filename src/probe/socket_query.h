#pragma once

#include <cstdint>
#include <optional>

#include "domain/port.h"

namespace pm {

/// Which sockets of one table to read.
struct SocketQuery {
  int family{0};  ///< AF_INET or AF_INET6
  Protocol protocol{Protocol::tcp};
  std::uint32_t states{0};     ///< a bit for each, as the kernel numbers TCP's states
  std::optional<Port> port{};  ///< unset: all from 1024 up

  bool wants_port(int candidate) const {
    return port ? candidate == port->value() : candidate >= Port::lowest;
  }
  bool wants_state(unsigned int state) const { return state < 32 && ((states >> state) & 1U) != 0; }
};

/// The states in which a socket takes in what comes to its port: TCP's LISTEN; an unconnected UDP
/// socket counts as closed.
std::uint32_t listening_states(Protocol protocol);

/// Every other state in which a socket has its port. Among TCP's is the one of sockets that are
/// bound and neither listen nor connect: kernels from 6.8 on show them, in state TCP_CLOSE.
std::uint32_t connection_states(Protocol protocol);

}  // namespace pm
