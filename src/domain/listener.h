#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "domain/port.h"
#include "domain/timestamp.h"

namespace pm {

/// Who listens on a port, as far as the kernel tells this process. `pid` 0 and empty texts where
/// the owner cannot be seen without more privileges; `uid` and `inode` are told to everybody.
struct Listener {
  int pid{0};
  std::string process;  ///< the process's own short name (comm, proc(5)): at most 15 bytes
  std::string address;  ///< "127.0.0.1", "0.0.0.0", "::"
  Protocol protocol{Protocol::tcp};
  Port port{Port::clamped(Port::lowest)};
  bool v6_only{false};     ///< a socket on "::" that takes no IPv4
  std::uint64_t inode{0};  ///< the socket's, unique while it is open
  std::uint32_t uid{0};    ///< of the socket
  /// When the process began, in clock ticks since boot (proc(5), starttime): together with the pid
  /// it names one process of this boot.
  std::uint64_t start_ticks{0};
  std::string executable;              ///< "/usr/sbin/nginx"
  std::string user;                    ///< the name of `uid`, else the number
  std::string unit;                    ///< the systemd unit, else the control group; "" in the root
  std::optional<Timestamp> started{};  ///< the process
  std::optional<Timestamp> since{};    ///< when the socket was first seen; unset: it was
                                       ///< there before the first scan, or none has seen it

  bool operator==(const Listener&) const = default;
};

/// "nginx (pid 4711) on 0.0.0.0", or "a process that this user may not see on 0.0.0.0".
std::string describe(const Listener& listener);

/// True for 0.0.0.0 and ::, which take what comes to any address.
bool is_wildcard(const Listener& listener);

/// An open connection whose near end has the port: what keeps it from being bound without a
/// listener being there.
struct OpenConnection {
  std::string local;   ///< "127.0.0.1:8000"
  std::string remote;  ///< "10.0.0.7:443", "[::1]:443"
  std::string state;   ///< as ss(8) writes it: "ESTAB", "TIME-WAIT"
  int pid{0};          ///< 0: not visible, or none any more (TIME-WAIT)
  std::string process;

  bool operator==(const OpenConnection&) const = default;
};

}  // namespace pm
