#pragma once

#include <optional>
#include <string>

#include "domain/model.h"

namespace pm {

/// Who listens on a port, as far as the kernel tells this process. `pid` 0 and an empty `process`
/// when the owner cannot be seen without more privileges.
struct Listener {
  int pid{0};
  std::string process;
  std::string address;  ///< "127.0.0.1", "0.0.0.0", "::"
  Protocol protocol{Protocol::tcp};
  Port port{Port::clamped(Port::lowest)};
};

/// "nginx (pid 4711) on 0.0.0.0", or "a process that this user may not see on 0.0.0.0".
std::string describe(const Listener& listener);

/// What a bind check found. `not_applicable`: the kernel in question is not reachable from here
/// (another host), or speaks no family of ours.
enum class Bindable : std::uint8_t { yes, no, not_applicable };

struct BindCheck {
  Bindable result{Bindable::yes};
  std::string reason;  ///< when not bindable: a clause, "127.0.0.1:8000 is in use"
  std::optional<Listener> listener;
};

/// The kernel's word on ports. The host in the key says whose kernel; an implementation answers for
/// the hosts it can see. Thread-safe.
class PortProbe {
 public:
  virtual ~PortProbe() = default;

  /// Really binds and, for TCP, listens: on every local address, IPv4 and IPv6. A family that the
  /// host does not have does not count. The port is held for microseconds only.
  virtual BindCheck check(const PortKey& key) = 0;

  /// The first listener on the port, on any address.
  virtual std::optional<Listener> listener(const PortKey& key) = 0;
};

}  // namespace pm
