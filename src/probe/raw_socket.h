#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "domain/port.h"

namespace pm {

/// An address as the kernel hands it out: network byte order, one word for IPv4, four for IPv6.
using AddressWords = std::array<std::uint32_t, 4>;

/// A socket as the kernel's tables have it: the near end. Small, so that two tables of thousands
/// are compared in microseconds.
struct RawSocket {
  AddressWords address{};
  std::uint32_t inode{0};  ///< 0: no process has it any more
  std::uint32_t uid{0};
  std::uint16_t port{0};
  std::uint8_t family{0};  ///< AF_INET or AF_INET6
  Protocol protocol{Protocol::tcp};
  bool v6_only{false};  ///< IPV6_V6ONLY of a socket on [::]; /proc/net does not tell it

  bool operator==(const RawSocket&) const = default;
};

/// A socket that has a far end, or, in the state TCP_CLOSE, one that is bound and does nothing.
struct RawConnection {
  RawSocket near;
  AddressWords far_address{};
  std::uint16_t far_port{0};
  std::uint8_t state{0};  ///< TCP_ESTABLISHED and so on, of tcp(7)'s header
};

/// "127.0.0.1", "::1"; an IPv4-mapped IPv6 address as IPv4.
std::string address_text(int family, const AddressWords& words);

/// "127.0.0.1:8000", "[::1]:443"; port 0 is written "*", as ss(8) does.
std::string endpoint_text(int family, const AddressWords& words, std::uint16_t port);

}  // namespace pm
