#pragma once

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/conflict_resolver.h"
#include "app/health_checks.h"
#include "app/kernel_watch.h"
#include "app/move_saga.h"
#include "app/port_holds.h"
#include "app/port_manager.h"
#include "cli/serve_options.h"

namespace pm {

/// What goes on by itself while the server serves: the kernel is watched, services are asked for
/// their health, reservations expire, and, where that is wanted, conflicts are resolved. A thread
/// each, since any of them may wait for a service. They end when the clock and the watch are
/// stopped; join() then waits for them.
class Background {
 public:
  /// All of it outlives the threads.
  struct Parts {
    Store& store;
    PortManager& ports;
    MoveSaga& saga;
    PortHolds& holds;
    KernelWatch& watch;
    ConflictResolver& resolver;
    HealthChecks& health;
    Clock& clock;
  };

  Background(const ServeOptions& options, Parts parts) : options_(options), parts_(parts) {}

  void start();
  void join();

 private:
  void maintain();
  void check_health();
  /// Answers the services that should be asked again soon.
  std::vector<std::string> check_round(const std::optional<std::vector<std::string>>& only);
  void resolve_unasked();
  ChangeContext by_itself(const char* request_id, const char* reason) const;

  const ServeOptions& options_;
  Parts parts_;
  std::vector<std::thread> threads_;
};

}  // namespace pm
