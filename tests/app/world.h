#pragma once

#include <deque>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include "app/bulk_update.h"
#include "app/conflict_resolver.h"
#include "app/kernel_watch.h"
#include "app/move_saga.h"
#include "app/port_manager.h"
#include "domain/assignment_rules.h"
#include "domain/move_rules.h"
#include "support/fake_probe.h"
#include "support/fake_service_client.h"
#include "support/manual_clock.h"
#include "support/memory_store.h"

namespace pm::test {

/// 8000-8099, with the category "foundation" at 8010-8012.
inline SuiteConfig suite_of_a_hundred() {
  SuiteConfig config;
  config.range = {"suite", Port::clamped(8000), Port::clamped(8099)};
  config.categories = {{"foundation", Port::clamped(8010), Port::clamped(8012)}};
  return config;
}

inline PortKey tcp(int port) {
  return {std::string(local_host), Protocol::tcp, Port::clamped(port)};
}

inline PortKey udp(int port) {
  return {std::string(local_host), Protocol::udp, Port::clamped(port)};
}

/// The use cases, wired to fakes.
struct World {
  /// Of the Port Manager, as the fake kernel sees it.
  static constexpr int own_pid = 8100;

  explicit World(const SuiteConfig& config = suite_of_a_hundred()) : store(config) {
    client.watch_ports([this](const FakeServiceClient::Process& process,
                              const std::set<Port>& before) { follow(process, before); });
  }

  MemoryStore store;
  ManualClock clock;
  FakeProbe probe;
  FakeServiceClient client;
  AddressBook addresses{"127.0.0.1"};
  PortFinder finder{store, probe, clock, {}};
  PortHolds holds{store, probe};
  PortManager ports{store, probe, client, finder, holds, addresses, clock};
  MoveSaga saga{store, client, ports, finder, addresses, clock, {}};
  BulkUpdate bulk{store, ports, finder, saga};
  KernelWatch watch{store, probe, client, clock, {.own_pid = own_pid}};
  ConflictResolver resolver{store, client, finder, saga, watch, addresses};
  ChangeContext context{"ada", "a test", "req-1", ManualClock::start};

  /// Commits the rule, which must not refuse.
  void commit(const Store::Rule& rule) {
    const auto committed = store.commit(context, rule);
    if (!committed) throw std::runtime_error(committed.error().message);
  }
  /// The service has the port, whoever else has it.
  void have(const std::string& service_id, int port) { have(service_id, tcp(port)); }
  void have(const std::string& service_id, const PortKey& key) {
    commit([&](Draft& draft) -> Expected<void> {
      const auto assigned = assign(draft, {service_id, key, true});
      if (!assigned) return tl::unexpected(assigned.error());
      return {};
    });
  }
  void put_service(const Service& service) {
    commit([&](Draft& draft) { return register_service(draft, service); });
  }
  /// The Port Manager itself, as it puts itself there at its start.
  void have_self(int port) {
    commit([&](Draft& draft) -> Expected<void> {
      Service self;
      self.service_id = draft.registry().config().self_id;
      draft.apply(PutService{self});
      detail::put_assignment(draft, self.service_id, tcp(port));
      return {};
    });
  }
  void reserve(int port) {
    commit([&](Draft& draft) {
      return pm::reserve(draft,
                         {.lo = Port::clamped(port), .hi = Port::clamped(port), .reason = "kept"});
    });
  }
  /// A pending move, begun by nobody here.
  Move begin(const std::string& service_id, int to, bool force = false) {
    Move move;
    commit([&](Draft& draft) -> Expected<void> {
      const auto begun = begin_move(draft, service_id, Port::clamped(to), force);
      if (!begun) return tl::unexpected(begun.error());
      move = *begun;
      return {};
    });
    return move;
  }

  /// What the kernel shows of a process that is a service, but for its inode.
  static Listener listener(const std::string& service_id, int port, int pid) {
    return {.pid = pid,
            .process = service_id.substr(0, 15),
            .address = "127.0.0.1",
            .port = Port::clamped(port),
            .start_ticks = static_cast<std::uint64_t>(pid) * 10,
            .executable = "/opt/" + service_id,
            .user = "suite",
            .unit = {}};
  }
  /// Starts a process that listens, for the kernel and for those who contact it. Moves show in
  /// both.
  FakeServiceClient::Process& run_service(const std::string& service_id, int port, int pid,
                                          std::deque<OnUpdate> on_update = {}) {
    return run_service(listener(service_id, port, pid), service_id, std::move(on_update));
  }
  FakeServiceClient::Process& run_service(const Listener& row, const std::string& service_id,
                                          std::deque<OnUpdate> on_update = {}) {
    probe.add(row);
    auto& process = client.run(service_id, row.port.value(), std::move(on_update));
    process.pid = row.pid;
    return process;
  }
  /// The process goes on listening and does not take a connection any more.
  void hang(FakeServiceClient::Process& process) {
    process.silent = true;
    for (const auto port : process.ports) {
      for (const auto& row : probe.use({std::string(local_host), Protocol::tcp, port}).listeners) {
        if (row.pid == process.pid) probe.set_stuck(row.inode);
      }
    }
  }
  /// Its process ends, and its sockets with it.
  void stop_service(int pid) {
    client.end(pid);
    probe.end(pid);
  }

  /// The service's port in the registry; 0 when it has none.
  int port_of(const std::string& service_id) const {
    const auto registry = store.snapshot();
    const auto* assignment = registry->assignment(service_id);
    return assignment ? assignment->key.port.value() : 0;
  }
  /// What became of the move that was written last.
  Move last_move() const {
    const auto moves = changes_of<PutMove>(store.change_sets());
    return moves.empty() ? Move{} : moves.back().move;
  }
  /// The actions in the history, in their order.
  std::vector<HistoryAction> history() const {
    std::vector<HistoryAction> actions;
    for (const auto& each : changes_of<AppendHistory>(store.change_sets())) {
      actions.push_back(each.event.action);
    }
    return actions;
  }

 private:
  void follow(const FakeServiceClient::Process& process, const std::set<Port>& before) {
    if (process.pid == 0) return;
    for (const auto port : before) {
      if (!process.ports.contains(port)) probe.close(process.pid, port);
    }
    for (const auto port : process.ports) {
      if (before.contains(port)) continue;
      probe.add(listener(process.identity.value_or("nameless"), port.value(), process.pid));
    }
  }
};

/// The only port of the set; 0 when there is none, -1 when there are several.
inline int only(const std::set<Port>& ports) {
  if (ports.empty()) return 0;
  return ports.size() == 1 ? ports.begin()->value() : -1;
}

}  // namespace pm::test
