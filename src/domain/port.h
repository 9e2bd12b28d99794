#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "domain/error.h"

namespace pm {

/// A port that may be assigned: 1024-65535. The well-known ports below 1024 (RFC 6335 section 6)
/// need privileges to bind and are not the suite's.
class Port {
 public:
  static constexpr std::uint16_t lowest = 1024;
  static constexpr std::uint16_t highest = 65535;

  /// The port, or `out_of_bounds` with the given member's name as `field`.
  static Expected<Port> from(std::int64_t value, std::string_view field = "port");

  /// For values already known to be in bounds (constants, rows that a Port was written to).
  /// Values outside are clamped, so that no Port ever holds one.
  static constexpr Port clamped(std::int64_t value) {
    return Port(static_cast<std::uint16_t>(value < lowest    ? lowest
                                           : value > highest ? highest
                                                             : value));
  }

  constexpr std::uint16_t value() const { return value_; }
  auto operator<=>(const Port&) const = default;

 private:
  constexpr explicit Port(std::uint16_t value) : value_(value) {}
  std::uint16_t value_;
};

std::string to_string(Port port);

enum class Protocol : std::uint8_t { tcp, udp };

const char* to_string(Protocol protocol);
/// "tcp" or "udp"; anything else is `out_of_bounds`.
Expected<Protocol> protocol_from(std::string_view text);

/// What an assignment is unique by: a port of one protocol on one host.
struct PortKey {
  std::string host;
  Protocol protocol{Protocol::tcp};
  Port port{Port::clamped(Port::lowest)};

  auto operator<=>(const PortKey&) const = default;
};

struct PortKeyHash {
  std::size_t operator()(const PortKey& key) const;
};

/// "port 8000", with the protocol when it is not TCP and the host when it is not this machine.
std::string describe(const PortKey& key);

/// The one spelling of this machine's own addresses: "localhost", "::1", "0.0.0.0", "::" and
/// 127.0.0.0/8 all become "127.0.0.1", since they share one port space. Other hosts: lower case.
std::string normalize_host(std::string_view host);

/// normalize_host() of a host name (letters, digits, dots, hyphens, underscores; 253 at most) or an
/// IP address, with or without brackets. `out_of_bounds` with field "host" for anything else: a
/// host ends up in URLs.
Expected<std::string> host_from(std::string_view text);

inline constexpr std::string_view local_host = "127.0.0.1";

/// True when the key's port space is this machine's kernel's.
bool is_local(const PortKey& key);

}  // namespace pm
