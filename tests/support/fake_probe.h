#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
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
      const auto found = listeners_.find(key.port);
      if (!is_local(key)) {
        answer = {Bindable::not_applicable, "another host", std::nullopt};
      } else if (found != listeners_.end()) {
        answer = {Bindable::no, "127.0.0.1:" + to_string(key.port) + " is in use", found->second};
      }
    }
    if (watch) watch(key);
    return answer;
  }

  std::optional<Listener> listener(const PortKey& key) override {
    const std::lock_guard lock(mutex_);
    const auto found = listeners_.find(key.port);
    if (!is_local(key) || found == listeners_.end()) return std::nullopt;
    return found->second;
  }

  void occupy(int port, const std::string& process = "nginx", int pid = 4711) {
    const std::lock_guard lock(mutex_);
    listeners_[Port::clamped(port)] = {pid, process, "127.0.0.1", Protocol::tcp,
                                       Port::clamped(port)};
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
  mutable std::mutex mutex_;
  std::map<Port, Listener> listeners_;
  std::function<void(const PortKey&)> watch_;
  std::vector<PortKey> asked_;
};

}  // namespace pm::test
