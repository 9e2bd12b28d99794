#include "exporters/sysctl_format.h"

namespace pm {
namespace {

PortBitmap assigned_here(const Registry& registry) {
  PortBitmap ports;
  registry.assignments().for_each([&](const std::string&, const Assignment& assignment) {
    if (is_local(assignment.key)) ports.set(assignment.key.port);
  });
  return ports;
}

PortBitmap without(PortBitmap ports, const PortBitmap& others) {
  for (int value = Port::lowest; value <= Port::highest; ++value) {
    const auto port = Port::clamped(value);
    if (others.test(port)) ports.set(port, false);
  }
  return ports;
}

}  // namespace

std::string render_sysctl(const Registry& registry, const EphemeralPorts& ephemeral) {
  const auto assigned = assigned_here(registry);
  const auto dropped = reserved_ports_text(without(ephemeral.reserved(), assigned));
  std::string text =
      "# Keeps the kernel from taking the ports of this machine's services for outgoing\n"
      "# connections: every port assigned here, TCP and UDP, at revision " +
      std::to_string(registry.revision()) +
      ".\n"
      "# To apply it, save this as /etc/sysctl.d/60-portmanager.conf, which each boot reads, and "
      "run\n"
      "#   sysctl -p /etc/sysctl.d/60-portmanager.conf\n"
      "# It replaces the whole list that the kernel has.";
  if (dropped.empty()) {
    text += "\n";
  } else {
    text +=
        " Reserved there now and not assigned here, so\n"
        "# dropped by this line; add those that are still needed:\n"
        "#   " +
        dropped + "\n";
  }
  // sysctl(8) takes a line that ends in the equals sign for a mistake.
  return text + "net.ipv4.ip_local_reserved_ports = " + reserved_ports_text(assigned) + "\n";
}

}  // namespace pm
