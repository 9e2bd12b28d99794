#include "cli/port_span.h"

#include <charconv>

namespace pm {
namespace {

constexpr int highest_port = 65535;

std::optional<int> port_from(const std::string& text) {
  int port = 0;
  const char* end = text.data() + text.size();
  const auto [last, fault] = std::from_chars(text.data(), end, port);
  const bool is_port = fault == std::errc() && last == end && port >= 1 && port <= highest_port;
  return is_port ? std::optional(port) : std::nullopt;
}

}  // namespace

std::optional<PortSpan> port_span_from(const std::string& text) {
  const auto dash = text.find('-');
  const auto lo = port_from(text.substr(0, dash));
  const auto hi = dash == std::string::npos ? lo : port_from(text.substr(dash + 1));
  if (!lo || !hi || *lo > *hi) return std::nullopt;
  return PortSpan{*lo, *hi};
}

std::string spans_text(const std::vector<int>& ports) {
  std::string text;
  for (std::size_t at = 0; at < ports.size();) {
    const auto begin = at;
    while (++at < ports.size() && ports[at] == ports[at - 1] + 1) continue;
    if (!text.empty()) text += ", ";
    text += std::to_string(ports[begin]);
    if (at - begin > 1) text += "-" + std::to_string(ports[at - 1]);
  }
  return text;
}

std::optional<WantedPort> wanted_port_from(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return std::nullopt;
  const auto port = port_from(text.substr(equals + 1));
  if (!port) return std::nullopt;
  return WantedPort{text.substr(0, equals), *port};
}

}  // namespace pm
