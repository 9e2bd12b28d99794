#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/clock.h"
#include "app/port_probe.h"
#include "app/store.h"

namespace pm {

/// Chooses free ports: free in the registry, not being given to another caller at this moment, not
/// given up a moment ago (whoever still talks to the port should not meet a stranger), not one that
/// the kernel takes for outgoing connections, and bindable as the kernel sees it. Thread-safe.
class PortFinder {
 public:
  struct Options {
    /// How long a port rests after its service has given it up.
    std::chrono::milliseconds cooldown{60'000};
  };

  PortFinder(const Store& store, PortProbe& probe, const Clock& clock, Options options)
      : store_(store), probe_(probe), clock_(clock), options_(options) {}

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

  /// The lowest free port of the first range that has one, and that is not in `refused`, which the
  /// kernel did not let the caller have. Error range_full: it counts who has the ports. `ranges` is
  /// not empty.
  Expected<Hold> take(const std::string& host, Protocol protocol,
                      const std::vector<PortRange>& ranges, const PortBitmap& refused = {});

  /// Up to `count` free ports of the range, lowest first, without holding them.
  std::vector<Port> list(const std::string& host, Protocol protocol, const PortRange& range,
                         std::size_t count);

  /// How much longer the port rests after its release; zero when it does not.
  std::chrono::milliseconds rest_of(const Registry& registry, const PortKey& key) const;

  /// The ranges to try for a service, in order: its category's, then the suite's.
  static std::vector<PortRange> ranges_for(const Registry& registry, const std::string& service_id);
  /// The same for a service of that category, which need not be registered yet.
  static std::vector<PortRange> ranges_of(const Registry& registry, const std::string& category);

 private:
  void let_go(const PortKey& key);
  std::optional<PortKey> hold_next(const std::string& host, Protocol protocol,
                                   const PortRange& range, const PortBitmap& rejected);
  /// The lowest port not marked in `taken` that neither rests nor is the kernel's own; marks those
  /// that it passes over.
  std::optional<Port> next(const Registry& registry, const EphemeralPorts& ephemeral,
                           const PortKey& from, Port hi, PortBitmap& taken) const;
  /// None for other hosts, whose settings are not known here.
  EphemeralPorts ephemeral_of(const std::string& host) const;
  Error range_full(const std::string& host, Protocol protocol, const PortRange& range,
                   const PortBitmap& rejected) const;

  const Store& store_;
  PortProbe& probe_;
  const Clock& clock_;
  const Options options_;
  std::mutex mutex_;
  std::set<PortKey> held_;
};

}  // namespace pm
