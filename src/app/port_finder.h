#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/port_probe.h"
#include "app/store.h"

namespace pm {

/// Chooses free ports: free in the registry, not being given to another caller at this moment, and
/// bindable as the kernel sees it. Thread-safe.
class PortFinder {
 public:
  PortFinder(const Store& store, PortProbe& probe) : store_(store), probe_(probe) {}

  /// Holds a chosen port back from other callers until the registry has it, or nobody wants it.
  class Hold {
   public:
    Hold(PortFinder& finder, PortKey key) : finder_(&finder), key_(std::move(key)) {}
    ~Hold() {
      if (finder_) finder_->let_go(key_);
    }
    Hold(Hold&& other) noexcept
        : finder_(std::exchange(other.finder_, nullptr)), key_(std::move(other.key_)) {}
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    Hold& operator=(Hold&&) = delete;

    const PortKey& key() const { return key_; }
    Port port() const { return key_.port; }

   private:
    PortFinder* finder_;
    PortKey key_;
  };

  /// The lowest free port of the first range that has one. Error range_full: it counts who has the
  /// ports. `ranges` is not empty.
  Expected<Hold> take(const std::string& host, Protocol protocol,
                      const std::vector<PortRange>& ranges);

  /// Up to `count` free ports of the range, lowest first, without holding them.
  std::vector<Port> list(const std::string& host, Protocol protocol, const PortRange& range,
                         std::size_t count);

  /// The ranges to try for a service, in order: its category's, then the suite's.
  static std::vector<PortRange> ranges_for(const Registry& registry, const std::string& service_id);

 private:
  void let_go(const PortKey& key);
  std::optional<PortKey> hold_next(const std::string& host, Protocol protocol,
                                   const PortRange& range, const PortBitmap& rejected);

  const Store& store_;
  PortProbe& probe_;
  std::mutex mutex_;
  std::set<PortKey> held_;
};

}  // namespace pm
