#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/error.h"
#include "probe/raw_socket.h"
#include "probe/sock_diag.h"

namespace pm {

/// The sockets of this process's network namespace, on ports from 1024 up: IPv4 first, then IPv6.
///
/// Each family is one dump by sock_diag(7), and where the kernel refuses that (a sandbox, no
/// tcp_diag or udp_diag module) the family's file in /proc/net. `internal` when neither can be
/// read. Not thread-safe.
class SocketTables {
 public:
  /// Appends those that take in what comes to their port: TCP in LISTEN, UDP not connected.
  Expected<void> listeners(Protocol protocol, std::optional<Port> port,
                           std::vector<RawSocket>& into);
  /// Of both protocols and all ports.
  Expected<void> all_listeners(std::vector<RawSocket>& into);
  /// What else has the port: connections in every state and sockets that are bound only.
  Expected<std::vector<RawConnection>> connections(Protocol protocol, Port port);

  /// Why the last call had to read /proc/net; unset when it did not.
  const std::optional<std::string>& refusal() const { return refusal_; }

 private:
  SockDiag sock_diag_;
  std::optional<std::string> refusal_;
};

}  // namespace pm
