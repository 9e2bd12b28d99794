#pragma once

#include <mutex>
#include <optional>

#include "app/port_probe.h"

namespace pm {

/// The word of this machine's kernel, in this process's network namespace. Keys of other hosts are
/// `not_applicable` and have no listener.
///
/// Thread-safe. A program has one, shared by all who ask: see `own_sockets_`.
class LinuxPortProbe : public PortProbe {
 public:
  BindCheck check(const PortKey& key) override;
  /// Unset too when the kernel's table cannot be read: then nothing is known of a listener.
  std::optional<Listener> listener(const PortKey& key) override;

 private:
  std::optional<Listener> first_listener(const PortKey& key);

  /// Held while a check has its sockets open and while the kernel's table is read. Without it two
  /// checks of one port would each find the other's listener and call a free port taken, and
  /// `listener` would name this very process. One for all ports: it is held for microseconds.
  std::mutex own_sockets_;
};

}  // namespace pm
