#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/service_client.h"

namespace pm::test {

/// What a service does when it is told to take another port.
enum class OnUpdate : std::uint8_t {
  move,            ///< says yes and moves
  move_unhealthy,  ///< says yes, moves, and is not healthy there
  move_silently,   ///< moves, and the answer never comes
  keep_old,        ///< says yes, listens on the new port, and does not let the old one go
  stay,            ///< says yes and stays where it is
  die,             ///< says yes and ends
  refuse,          ///< 200 with "success": false
  error,           ///< 500
  hang,            ///< no answer, no move
  reset,           ///< the connection breaks, no move
};

/// A little world of processes that listen on ports, in place of the network. Thread-safe.
class FakeServiceClient final : public ServiceClient {
 public:
  struct Process {
    std::optional<std::string> identity;  ///< unset: its health does not say
    std::set<Port> ports;
    bool healthy{true};
    /// What it does at each update-port; the last goes on for ever.
    std::deque<OnUpdate> on_update{OnUpdate::move};
    bool restarts{true};
    int polls_until_up{0};      ///< health checks after a move for which it does not listen yet
    int polls_until_let_go{0};  ///< connections after a move that its old port still accepts
    std::set<Port> leaving;
    int pid{0};
    std::string address;  ///< the only host at which it is reached; "": at any
    bool silent{false};   ///< takes connections and says nothing
  };
  struct Update {
    std::string service_id;
    Port at{Port::clamped(Port::lowest)};
    Port new_port{Port::clamped(Port::lowest)};
    Port old_port{Port::clamped(Port::lowest)};
    std::optional<std::string> heard_by{};  ///< whose process took it; unset: no one's, or nameless
  };

  /// Starts a process. It may be changed until the first call reaches it.
  Process& run(const std::string& identity, int port, std::deque<OnUpdate> on_update = {}) {
    const std::lock_guard lock(mutex_);
    auto& process = processes_.emplace_back();
    process.identity = identity;
    process.ports = {Port::clamped(port)};
    if (!on_update.empty()) process.on_update = std::move(on_update);
    return process;
  }
  /// The processes of that pid end.
  void end(int pid) {
    const std::lock_guard lock(mutex_);
    processes_.remove_if([&](const Process& process) { return process.pid == pid; });
  }
  /// Where the process with that identity listens; empty when it does not.
  std::set<Port> ports_of(const std::string& identity) const {
    const std::lock_guard lock(mutex_);
    for (const auto& process : processes_) {
      if (process.identity == identity) return process.ports;
    }
    return {};
  }
  std::vector<Update> updates() const {
    const std::lock_guard lock(mutex_);
    return updates_;
  }
  /// Every address that was asked anything.
  std::vector<ServiceAddress> contacted() const {
    const std::lock_guard lock(mutex_);
    return contacted_;
  }
  /// What each health_of_all() gave the services.
  std::vector<std::chrono::milliseconds> timeouts() const {
    const std::lock_guard lock(mutex_);
    return timeouts_;
  }
  /// Called for each update-port before it is carried out.
  void watch_updates(std::function<void(const Update&)> watch) {
    const std::lock_guard lock(mutex_);
    watch_ = std::move(watch);
  }

  /// Called when a process has other ports than before, while the client is locked.
  void watch_ports(std::function<void(const Process&, const std::set<Port>& before)> watch) {
    const std::lock_guard lock(mutex_);
    watch_ports_ = std::move(watch);
  }

  UpdateReply update_port(const ServiceAddress& address, Port new_port, Port old_port,
                          Timestamp) override {
    Update update{address.service_id, address.port, new_port, old_port};
    std::function<void(const Update&)> watch;
    {
      const std::lock_guard lock(mutex_);
      const auto* hearer = listener(address.host, address.port);
      if (hearer) update.heard_by = hearer->identity;
      contacted_.push_back(address);
      updates_.push_back(update);
      watch = watch_;
    }
    if (watch) watch(update);
    const std::lock_guard lock(mutex_);
    auto* process = listener(address.host, address.port);
    if (!process) return {Reach::not_listening, false, false, 0, "connection refused"};
    if (process->silent) return {Reach::timed_out, false, false, 0, "no answer in time"};
    const auto before = process->ports;
    const auto reply = carry_out(*process, update);
    if (watch_ports_ && process->ports != before) watch_ports_(*process, before);
    return reply;
  }

  HealthReply health(const ServiceAddress& address) override {
    const std::lock_guard lock(mutex_);
    contacted_.push_back(address);
    auto* process = listener(address.host, address.port);
    if (process && process->polls_until_up > 0 && !process->leaving.empty()) {
      --process->polls_until_up;
      process = nullptr;
    }
    if (!process) return {Reach::not_listening, false, 0, std::nullopt, "connection refused"};
    if (process->silent) return {Reach::timed_out, false, 0, std::nullopt, "no answer in time"};
    return {Reach::answered, process->healthy, 200, process->identity,
            process->healthy ? "ok" : "degraded"};
  }

  std::vector<HealthReply> health_of_all(const std::vector<ServiceAddress>& addresses,
                                         std::chrono::milliseconds timeout) override {
    {
      const std::lock_guard lock(mutex_);
      timeouts_.push_back(timeout);
    }
    std::vector<HealthReply> replies;
    replies.reserve(addresses.size());
    for (const auto& address : addresses) replies.push_back(health(address));
    return replies;
  }

  RestartReply restart(const ServiceAddress& address) override {
    const std::lock_guard lock(mutex_);
    contacted_.push_back(address);
    auto* process = listener(address.host, address.port);
    if (!process) return {Reach::not_listening, false, 0, "connection refused"};
    if (!process->restarts) return {Reach::answered, false, 503, "it is busy"};
    return {Reach::answered, true, 200, "restarting"};
  }

  bool accepts_connections(const std::string& host, Port port) override {
    const std::lock_guard lock(mutex_);
    for (auto& process : processes_) {
      if (process.leaving.contains(port) && process.polls_until_let_go > 0) {
        --process.polls_until_let_go;
        return true;
      }
    }
    return listener(host, port) != nullptr;
  }

 private:
  /// One at this very address goes before one that takes what comes to any.
  Process* listener(const std::string& host, Port port) {
    Process* found = nullptr;
    for (auto& process : processes_) {
      if (!process.ports.contains(port)) continue;
      if (process.address == host) return &process;
      if (process.address.empty() && !found) found = &process;
    }
    return found;
  }

  static UpdateReply carry_out(Process& process, const Update& update) {
    const auto act = process.on_update.front();
    if (process.on_update.size() > 1) process.on_update.pop_front();
    switch (act) {
      case OnUpdate::refuse:
        return {Reach::answered, false, false, 200, "it is busy"};
      case OnUpdate::error:
        return {Reach::answered, false, false, 500, "HTTP status 500"};
      case OnUpdate::hang:
        return {Reach::timed_out, false, false, 0, "no answer in time"};
      case OnUpdate::reset:
        return {Reach::unreachable, false, false, 0, "connection reset"};
      case OnUpdate::stay:
        return {Reach::answered, true, false, 200, "yes"};
      case OnUpdate::die:
        process.ports.clear();
        break;
      case OnUpdate::keep_old:
        process.ports.insert(update.new_port);
        break;
      case OnUpdate::move_unhealthy:
      case OnUpdate::move_silently:
      case OnUpdate::move:
        process.healthy = act != OnUpdate::move_unhealthy;
        process.leaving = process.ports;
        process.ports = {update.new_port};
        break;
    }
    if (act == OnUpdate::move_silently) return {Reach::timed_out, false, false, 0, "no answer"};
    return {Reach::answered, true, true, 200, "yes"};
  }

  mutable std::mutex mutex_;
  std::list<Process> processes_;
  std::vector<Update> updates_;
  std::vector<std::chrono::milliseconds> timeouts_;
  std::vector<ServiceAddress> contacted_;
  std::function<void(const Update&)> watch_;
  std::function<void(const Process&, const std::set<Port>&)> watch_ports_;
};

}  // namespace pm::test
