#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "app/port_probe.h"
#include "domain/error.h"

namespace pm {

/// A socket that takes in what comes to its port. `listener.pid` and `.process` are not filled in:
/// the kernel's table knows the inode, and socket_owner.h who holds it.
struct SocketEntry {
  Listener listener;
  std::uint64_t inode{0};
};

/// The listening sockets of this process's network namespace: TCP sockets in LISTEN, UDP sockets
/// that are bound and not connected; IPv4 first, then IPv6; all of them, or those of one port.
/// Ports below 1024 are left out. An IPv4-mapped address is written as the IPv4 address it is.
///
/// Each family is one dump by sock_diag(7), and where the kernel refuses that (a sandbox, no
/// tcp_diag or udp_diag module) the family's file in /proc/net. `internal` when neither can be
/// read. Thread-safe: it keeps nothing.
Expected<std::vector<SocketEntry>> dump_listeners(Protocol protocol,
                                                  std::optional<Port> port = std::nullopt);

}  // namespace pm
