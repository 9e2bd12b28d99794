#pragma once

#include <string>

#include "domain/ephemeral_ports.h"
#include "domain/registry.h"

namespace pm {

/// A file for sysctl(8) and sysctl.d(5) that keeps the kernel from taking the ports that services
/// have on this machine, by TCP or UDP, for outgoing connections: comments, then the line
/// `net.ipv4.ip_local_reserved_ports = 8000-8026,8100`. The setting is one list that is replaced
/// whole, so the comments name the ports of `ephemeral.reserved()` that the line leaves out.
std::string render_sysctl(const Registry& registry, const EphemeralPorts& ephemeral);

}  // namespace pm
