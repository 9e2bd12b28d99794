#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/port_probe.h"

namespace pm::test {

/// A kernel that says of each port of this machine what it is told to. Of other hosts it knows
/// nothing. Thread-safe.
class FakeProbe final : public PortProbe {
 public:
  BindCheck check(const PortKey& key) override {
    std::function<void(const PortKey&)> watch;
    BindCheck answer;
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(key);
      watch = watch_;
      answer = judge(key);
    }
    if (watch) watch(key);
    return answer;
  }

  std::optional<Listener> listener(const PortKey& key) override {
    const std::lock_guard lock(mutex_);
    return first_listener(key);
  }

  PortUse use(const PortKey& key) override {
    const std::lock_guard lock(mutex_);
    PortUse use;
    if (!is_local(key)) return use;
    for (const auto& row : rows_) {
      if (row->protocol == key.protocol && row->port == key.port) use.listeners.push_back(*row);
    }
    for (const auto& [taken, connection] : connections_) {
      if (taken == key) use.connections.push_back(connection);
    }
    use.connection_count = use.connections.size();
    return use;
  }

  /// The same pointer for as long as no listener comes or goes.
  Expected<std::shared_ptr<const ListenerTable>> scan() override {
    const std::lock_guard lock(mutex_);
    ++scans_;
    if (scan_error_) return tl::unexpected<Error>(*scan_error_);
    if (!table_) table_ = std::make_shared<const ListenerTable>(rows_);
    return table_;
  }
  bool is_accepting(const Listener& listener) override {
    const std::lock_guard lock(mutex_);
    return !stuck_.contains(listener.inode);
  }
  /// The process of that socket takes no connection, or does again.
  void set_stuck(std::uint64_t inode, bool stuck = true) {
    const std::lock_guard lock(mutex_);
    if (stuck) {
      stuck_.insert(inode);
    } else {
      stuck_.erase(inode);
    }
  }
  ProbeSight sight() const override {
    const std::lock_guard lock(mutex_);
    ProbeSight sight = sight_;
    sight.listeners = rows_.size();
    sight.without_owner = static_cast<std::size_t>(
        std::count_if(rows_.begin(), rows_.end(), [](const auto& row) { return row->pid == 0; }));
    return sight;
  }

  EphemeralPorts ephemeral() override {
    const std::lock_guard lock(mutex_);
    return ephemeral_;
  }

  Expected<std::unique_ptr<HeldPort>> hold(const PortKey& key) override {
    const std::lock_guard lock(mutex_);
    if (!is_local(key)) {
      return fail(ErrorCode::not_implemented, key.host + " is another host.");
    }
    if (hold_error_) return tl::unexpected<Error>(*hold_error_);
    const auto judged = judge(key);
    if (judged.result == Bindable::no) {
      const auto holder = judged.listener ? " by " + describe(*judged.listener) : std::string();
      return fail(ErrorCode::port_in_use, judged.reason + holder + ".");
    }
    held_->add(key);
    return std::make_unique<Held>(held_, key);
  }

  std::string boot_id() const override {
    const std::lock_guard lock(mutex_);
    return boot_id_;
  }

  /// One TCP listener on 127.0.0.1, in place of those that the port had.
  void occupy(int port, const std::string& process = "nginx", int pid = 4711) {
    const Port number = Port::clamped(port);
    const std::lock_guard lock(mutex_);
    remove_listeners(
        [&](const Listener& row) { return row.port == number && row.protocol == Protocol::tcp; });
    add_listener({.pid = pid,
                  .process = process,
                  .address = "127.0.0.1",
                  .protocol = Protocol::tcp,
                  .port = number,
                  .start_ticks = static_cast<std::uint64_t>(pid) * 10,
                  .executable = "/usr/bin/" + process,
                  .user = "root",
                  .unit = {}});
  }
  /// One listener more, beside those that its port has. An inode of 0 is replaced by one of its
  /// own. Answers the inode.
  std::uint64_t add(Listener listener) {
    const std::lock_guard lock(mutex_);
    return add_listener(std::move(listener));
  }
  /// The socket of that inode is closed.
  void close(std::uint64_t inode) {
    const std::lock_guard lock(mutex_);
    remove_listeners([&](const Listener& row) { return row.inode == inode; });
  }
  /// The process does not listen on the port any more.
  void close(int pid, Port port) {
    const std::lock_guard lock(mutex_);
    remove_listeners([&](const Listener& row) { return row.pid == pid && row.port == port; });
  }
  /// The process ends.
  void end(int pid) {
    const std::lock_guard lock(mutex_);
    remove_listeners([&](const Listener& row) { return row.pid == pid; });
  }
  /// Nobody listens on the port any more, by any protocol, and no connection has it.
  void vacate(int port) {
    const Port number = Port::clamped(port);
    const std::lock_guard lock(mutex_);
    remove_listeners([&](const Listener& row) { return row.port == number; });
    std::erase_if(connections_, [&](const auto& entry) { return entry.first.port == number; });
  }
  /// The connection has the TCP port as its near end.
  void connect(int port, OpenConnection connection) {
    const std::lock_guard lock(mutex_);
    connections_.emplace_back(PortKey{std::string(local_host), Protocol::tcp, Port::clamped(port)},
                              std::move(connection));
  }
  void set_ephemeral(EphemeralPorts ports) {
    const std::lock_guard lock(mutex_);
    ephemeral_ = std::move(ports);
  }
  /// The source and the advice; the numbers are counted.
  void set_sight(ProbeSight sight) {
    const std::lock_guard lock(mutex_);
    sight_ = std::move(sight);
  }
  void set_boot_id(std::string boot_id) {
    const std::lock_guard lock(mutex_);
    boot_id_ = std::move(boot_id);
  }
  /// Every scan from now on fails so; nullopt: they succeed again.
  void fail_scan(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    scan_error_ = std::move(error);
  }
  /// Every hold from now on fails so; nullopt: they succeed again.
  void fail_hold(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    hold_error_ = std::move(error);
  }
  /// The ports that are kept bound now, ascending.
  std::vector<PortKey> held() const { return held_->all(); }
  std::size_t scans() const {
    const std::lock_guard lock(mutex_);
    return scans_;
  }

  /// Called after each check, with what was asked, before the caller has the answer.
  void watch(std::function<void(const PortKey&)> watch) {
    const std::lock_guard lock(mutex_);
    watch_ = std::move(watch);
  }
  std::vector<PortKey> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  /// Shared with what hold() hands out, which may live longer than the probe.
  class HeldKeys {
   public:
    void add(const PortKey& key) {
      const std::lock_guard lock(mutex_);
      keys_.push_back(key);
      std::sort(keys_.begin(), keys_.end());
    }
    void remove(const PortKey& key) {
      const std::lock_guard lock(mutex_);
      std::erase(keys_, key);
    }
    std::vector<PortKey> all() const {
      const std::lock_guard lock(mutex_);
      return keys_;
    }

   private:
    mutable std::mutex mutex_;
    std::vector<PortKey> keys_;
  };

  class Held final : public HeldPort {
   public:
    Held(std::shared_ptr<HeldKeys> keys, PortKey key)
        : keys_(std::move(keys)), key_(std::move(key)) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() override { keys_->remove(key_); }

   private:
    std::shared_ptr<HeldKeys> keys_;
    PortKey key_;
  };

  BindCheck judge(const PortKey& key) const {
    if (!is_local(key)) return {Bindable::not_applicable, "another host", {}, {}};
    const std::string in_use = "127.0.0.1:" + to_string(key.port) + " is in use";
    if (auto found = first_listener(key)) return {Bindable::no, in_use, std::move(found), {}};
    for (const auto& [taken, connection] : connections_) {
      if (taken == key && connection.state != "TIME-WAIT") {
        return {Bindable::no, in_use, {}, connection};
      }
    }
    const auto held = held_->all();
    if (std::find(held.begin(), held.end(), key) != held.end()) {
      return {Bindable::no, in_use, {}, {}};
    }
    return {};
  }

  std::optional<Listener> first_listener(const PortKey& key) const {
    if (!is_local(key)) return std::nullopt;
    const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const auto& row) {
      return row->port == key.port && row->protocol == key.protocol;
    });
    if (found == rows_.end()) return std::nullopt;
    return **found;
  }

  std::uint64_t add_listener(Listener listener) {
    if (listener.inode == 0) listener.inode = ++last_inode_;
    table_.reset();
    rows_.push_back(std::make_shared<const Listener>(std::move(listener)));
    return rows_.back()->inode;
  }

  template <typename Gone>
  void remove_listeners(Gone gone) {
    if (std::erase_if(rows_, [&](const auto& row) { return gone(*row); }) > 0) table_.reset();
  }

  mutable std::mutex mutex_;
  std::vector<ListenerTable::Row> rows_;
  std::vector<std::pair<PortKey, OpenConnection>> connections_;
  std::shared_ptr<const ListenerTable> table_;  ///< unset: to be made from the rows
  std::uint64_t last_inode_{100'000};
  EphemeralPorts ephemeral_;
  ProbeSight sight_{.source = "sock_diag", .advice = {}};
  std::string boot_id_{"test-boot"};
  std::optional<Error> scan_error_;
  std::optional<Error> hold_error_;
  std::shared_ptr<HeldKeys> held_{std::make_shared<HeldKeys>()};
  std::size_t scans_{0};
  std::function<void(const PortKey&)> watch_;
  std::vector<PortKey> asked_;
  std::set<std::uint64_t> stuck_;
};

}  // namespace pm::test
