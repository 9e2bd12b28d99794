#pragma once

#include <cstdint>
#include <string>

#include "app/unique_fd.h"
#include "domain/error.h"

namespace pm {

/// A TCP socket for a server to accept from, non-blocking and not inherited by children.
struct ListeningSocket {
  UniqueFd fd;
  std::string host;  ///< as it was asked for; of an inherited one, its address
  std::uint16_t port{0};

  /// Bound and not listening yet: the port is taken, nobody can connect. `port` 0 takes a free one.
  /// Errors: port_in_use; out_of_bounds for an address that is not this machine's.
  static Expected<ListeningSocket> bound(const std::string& host, std::uint16_t port);
  /// One that somebody else has bound and may listen on already, such as systemd. out_of_bounds for
  /// what is no TCP socket of IPv4 or IPv6, or is connected.
  static Expected<ListeningSocket> inherited(UniqueFd fd);
  /// Begins to listen, or goes on. Error port_in_use.
  Expected<void> listen() const;
};

}  // namespace pm
