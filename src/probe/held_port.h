#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "app/port_probe.h"
#include "probe/bind_check.h"
#include "probe/raw_socket.h"

namespace pm {

/// This process's own sockets on ports that are not its to listen on: those of a bind check for
/// microseconds, those of a held port for long. What the kernel shows of them is not news.
class OwnSockets {
 public:
  /// Held while a check has its sockets open, while a port is bound or let go, and while the
  /// kernel's tables are read. Without it two checks of one port would each find the other's
  /// listener and call a free port taken, and a table would name this very process. One for all
  /// ports: it is held for well under a millisecond.
  std::mutex mutex;

  /// These are called with the mutex held.
  void add(const PortKey& key, std::vector<std::uint64_t> inodes);
  void remove(const PortKey& key);
  bool holds(const PortKey& key) const;
  void leave_out(std::vector<RawSocket>& sockets) const;
  void leave_out(std::vector<RawConnection>& connections) const;

 private:
  struct Held {
    PortKey key;
    std::vector<std::uint64_t> inodes;
  };
  bool has(std::uint64_t inode) const;

  std::vector<Held> held_;
};

/// Makes the port a held one; `own`, whose mutex the caller holds, hides its sockets until the
/// HeldPort ends, which may be on any thread and after the probe.
std::unique_ptr<HeldPort> hold_bound(std::shared_ptr<OwnSockets> own, const PortKey& key,
                                     KeptBind bound);

}  // namespace pm
