#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/listener_table.h"
#include "domain/ephemeral_ports.h"
#include "domain/listener.h"
#include "domain/model.h"

namespace pm {

/// What a bind check found. `not_applicable`: the kernel in question is not reachable from here
/// (another host), or speaks no family of ours.
enum class Bindable : std::uint8_t { yes, no, not_applicable };

struct BindCheck {
  Bindable result{Bindable::yes};
  std::string reason;  ///< when not bindable: a clause, "127.0.0.1:8000 is in use"
  std::optional<Listener> listener;
  /// What has the port, when nobody listens: an outgoing connection has it as its near end.
  std::optional<OpenConnection> connection;
};

/// A port kept bound, IPv4 and IPv6, and let go by the destructor. Nobody can bind it meanwhile,
/// and who connects to it is refused: it does not listen.
class HeldPort {
 public:
  virtual ~HeldPort() = default;
};

/// Everything that the kernel knows of one port.
struct PortUse {
  std::vector<Listener> listeners;
  /// Connections whose near end has the port, the listener's own among them; at most 100.
  std::vector<OpenConnection> connections;
  std::size_t connection_count{0};
};

/// How well the kernel can be seen.
struct ProbeSight {
  std::string source;  ///< "sock_diag" or "/proc/net"
  std::size_t listeners{0};
  std::size_t without_owner{0};  ///< whose process is not visible
  std::string advice;            ///< how to see more: a sentence; "" when everything is seen
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

  /// Listeners and connections of one port; nothing for other hosts.
  virtual PortUse use(const PortKey& key) = 0;

  /// False when connections wait at the listener that its process does not take: it hangs, or is no
  /// server at all. True when nothing is known.
  virtual bool is_accepting(const Listener& listener) = 0;

  /// All listeners of this machine. The same pointer as before while the kernel's table is the
  /// same, so that a caller sees at once that it has nothing to do. `internal` when it cannot be
  /// read.
  virtual Expected<std::shared_ptr<const ListenerTable>> scan() = 0;
  /// How well the last scan saw.
  virtual ProbeSight sight() const = 0;

  /// The kernel's own ports for outgoing connections, as set now.
  virtual EphemeralPorts ephemeral() = 0;

  /// Keeps the port bound. Error port_in_use, with who has it, as of check(); `not_implemented` for
  /// other hosts.
  virtual Expected<std::unique_ptr<HeldPort>> hold(const PortKey& key) = 0;

  /// The kernel's id of this boot, by which pids and inodes of another are told apart.
  virtual std::string boot_id() const = 0;
};

}  // namespace pm
