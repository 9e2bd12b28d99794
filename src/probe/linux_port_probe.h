#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/clock.h"
#include "app/port_probe.h"
#include "probe/ephemeral_settings.h"
#include "probe/held_port.h"
#include "probe/owner_cache.h"
#include "probe/process_facts.h"
#include "probe/socket_tables.h"

namespace pm {

/// The word of this machine's kernel, in the network namespace of the thread that makes it. Keys of
/// other hosts are `not_applicable` and have neither listeners nor connections. The sockets by
/// which it checks and holds ports are not in any answer.
///
/// Thread-safe. A program has one, shared by all who ask: see OwnSockets. The clock must outlive
/// it.
class LinuxPortProbe : public PortProbe {
 public:
  explicit LinuxPortProbe(const Clock& clock);

  BindCheck check(const PortKey& key) override;
  /// Unset too when the kernel's table cannot be read: then nothing is known of a listener.
  std::optional<Listener> listener(const PortKey& key) override;
  PortUse use(const PortKey& key) override;
  bool is_accepting(const Listener& listener) override;
  Expected<std::shared_ptr<const ListenerTable>> scan() override;
  /// Waits for a scan that is under way. Before the first one: nothing is seen.
  ProbeSight sight() const override;
  EphemeralPorts ephemeral() override { return ephemeral_.read(); }
  /// Also `overloaded` for lack of descriptors or memory. A port on which closed connections linger
  /// (TIME-WAIT, 60 s) cannot be held, though a service could listen on it.
  Expected<std::unique_ptr<HeldPort>> hold(const PortKey& key) override;
  /// "" where the kernel does not tell it.
  std::string boot_id() const override { return boot_id_; }

 private:
  std::vector<OwnerCache::Row> listeners(const PortKey& key);
  std::vector<RawConnection> connections(const PortKey& key);
  std::optional<Listener> first_listener(const PortKey& key);
  Error hold_refusal(const PortKey& key, int error);

  const Clock& clock_;
  const std::string boot_id_;
  const ProcessReader processes_;
  EphemeralSettings ephemeral_;

  const std::shared_ptr<OwnSockets> own_;
  SocketTables tables_;  ///< under own_->mutex

  /// Taken before own_->mutex where both are. For what follows it.
  mutable std::mutex scan_mutex_;
  OwnerCache owners_;
  std::vector<RawSocket> sockets_;  ///< of the last scan
  std::vector<RawSocket> next_;     ///< kept for its memory
  std::optional<std::string> sock_diag_refusal_;
  std::shared_ptr<const ListenerTable> table_;
};

}  // namespace pm
