#include "domain/port.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "domain/text.h"

namespace pm {

Expected<Port> Port::from(std::int64_t value, std::string_view field) {
  if (value < lowest || value > highest) {
    return fail(ErrorCode::out_of_bounds,
                std::string(field) + " is " + std::to_string(value) +
                    "; a port must be between 1024 and 65535.",
                std::string(field));
  }
  return Port(static_cast<std::uint16_t>(value));
}

std::string to_string(Port port) {
  return std::to_string(port.value());
}

const char* to_string(Protocol protocol) {
  return protocol == Protocol::tcp ? "tcp" : "udp";
}

Expected<Protocol> protocol_from(std::string_view text) {
  if (text == "tcp") return Protocol::tcp;
  if (text == "udp") return Protocol::udp;
  return fail(ErrorCode::out_of_bounds, R"(protocol must be "tcp" or "udp".)", "protocol");
}

std::size_t PortKeyHash::operator()(const PortKey& key) const {
  const std::size_t protocol = key.protocol == Protocol::udp ? Port::highest + 1U : 0U;
  return std::hash<std::string>{}(key.host) ^ (protocol + key.port.value());
}

std::string describe(const PortKey& key) {
  std::string text = "port " + to_string(key.port);
  if (key.protocol == Protocol::udp) text += "/udp";
  if (!is_local(key)) text += " on " + key.host;
  return text;
}

namespace {

/// An IPv6 address as RFC 5952 writes it, or the IPv4 address that it stands for (RFC 4291, section
/// 2.5.5.2). Nothing: it is none.
std::optional<std::string> canonical_ipv6(const std::string& text) {
  in6_addr address{};
  if (text.find('\0') != std::string::npos || ::inet_pton(AF_INET6, text.c_str(), &address) != 1) {
    return std::nullopt;
  }
  std::array<char, INET6_ADDRSTRLEN> name{};
  const bool is_ipv4 = IN6_IS_ADDR_V4MAPPED(&address);
  constexpr std::size_t ipv4_begins = 12;
  const void* from = is_ipv4 ? static_cast<const void*>(&address.s6_addr[ipv4_begins]) : &address;
  ::inet_ntop(is_ipv4 ? AF_INET : AF_INET6, from, name.data(), name.size());
  return std::string(name.data());
}

}  // namespace

std::string normalize_host(std::string_view host) {
  auto text = ascii_lower(host);
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  if (auto canonical = canonical_ipv6(text)) text = std::move(*canonical);
  const bool local =
      text.empty() || text == "localhost" || text == "::1" || text == "::" || text == "0.0.0.0" ||
      (text.rfind("127.", 0) == 0 && text.find_first_not_of("0123456789.") == std::string::npos);
  return local ? std::string(local_host) : text;
}

Expected<std::string> host_from(std::string_view text) {
  static constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
  static constexpr std::string_view name_marks = "0123456789.-_";
  const auto host = normalize_host(text);
  const bool is_ipv6 = host.find(':') != std::string::npos;
  in6_addr address{};
  const bool fits = is_ipv6 ? host.find('\0') == std::string::npos &&
                                  ::inet_pton(AF_INET6, host.c_str(), &address) == 1
                            : std::all_of(host.begin(), host.end(), [](char c) {
                                return letters.find(c) != std::string_view::npos ||
                                       name_marks.find(c) != std::string_view::npos;
                              });
  if (fits && !text.empty() && text.size() <= 253) return host;
  return fail(ErrorCode::out_of_bounds,
              "host must be a host name or an IP address without a port, for example "
              "node-7.example or 10.0.0.7; leave it out for the configured one.",
              "host");
}

bool is_local(const PortKey& key) {
  return key.host == local_host;
}

}  // namespace pm
