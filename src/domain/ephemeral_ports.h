#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/port_bitmap.h"
#include "domain/port_range.h"

namespace pm {

/// The ports that the kernel takes for outgoing connections by its own choice: ip_local_port_range
/// without ip_local_reserved_ports (the kernel's Documentation/networking/ip-sysctl.rst). Both hold
/// for IPv4 and IPv6, TCP and UDP. A value; copying costs 8 KB.
class EphemeralPorts {
 public:
  /// None at all: what is assumed where the settings cannot be read.
  EphemeralPorts() = default;
  /// From the texts of the two files: "32768\t60999" and "8000-8026,8100". A text that is not of
  /// this form is `invalid_shape`. Ports below 1024 are left out.
  static Expected<EphemeralPorts> from(std::string_view range, std::string_view reserved);

  /// The kernel may take the port at any time.
  bool contains(Port port) const {
    return range_ && range_->contains(port) && !reserved_.test(port);
  }
  /// ip_local_port_range; unset when unknown.
  const std::optional<PortRange>& range() const { return range_; }
  /// ip_local_reserved_ports
  const PortBitmap& reserved() const { return reserved_; }

  bool operator==(const EphemeralPorts&) const = default;

 private:
  std::optional<PortRange> range_;
  PortBitmap reserved_;
};

/// "8000-8026,8100": the marked ports as ip_local_reserved_ports wants them; "" when there are
/// none.
std::string reserved_ports_text(const PortBitmap& ports);

}  // namespace pm
