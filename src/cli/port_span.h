#pragma once

#include <optional>
#include <string>
#include <vector>

namespace pm {

/// One port, or neighbours: both ends included.
struct PortSpan {
  int lo{0};
  int hi{0};
  bool operator==(const PortSpan&) const = default;
};

/// "8050" or "8050-8059"; nothing for anything else, a port beyond 65535, or ends that are swapped.
std::optional<PortSpan> port_span_from(const std::string& text);

/// "8050-8052, 8054" of ports in rising order.
std::string spans_text(const std::vector<int>& ports);

/// "billing=8042", as bulk-update takes it.
struct WantedPort {
  std::string service_id;
  int port{0};
};
std::optional<WantedPort> wanted_port_from(const std::string& text);

}  // namespace pm
