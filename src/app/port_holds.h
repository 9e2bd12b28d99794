#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "app/port_probe.h"
#include "app/store.h"

namespace pm {

/// The sockets behind reservations with `hold`: while such a reservation stands, its port is bound
/// here and no other process can take it. Once a service is given the port, or moves to it, the
/// socket is closed; so it is when the reservation ends.
///
/// Thread-safe. Every call reads the registry under one lock, so that a late caller cannot bind a
/// port again that an earlier one has just handed over.
class PortHolds {
 public:
  static constexpr std::size_t most_ever = 4'096;

  /// `most`: sockets that it may have at a time. Each takes a descriptor, and clients need some.
  PortHolds(const Store& store, PortProbe& probe, std::size_t most = most_ever)
      : store_(store), probe_(probe), most_(most) {}

  /// Ports that are bound already, while the reservation that wants them is not yet recorded. Lets
  /// go, in the end, of what was not recorded.
  class Pin {
   public:
    Pin(PortHolds& holds, std::vector<PortKey> keys) : holds_(&holds), keys_(std::move(keys)) {}
    ~Pin() {
      if (holds_) holds_->unpin(keys_);
    }
    Pin(Pin&& other) noexcept
        : holds_(std::exchange(other.holds_, nullptr)), keys_(std::move(other.keys_)) {}
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;
    Pin& operator=(Pin&&) = delete;

   private:
    PortHolds* holds_;
    std::vector<PortKey> keys_;
  };

  /// Binds all of the keys, or none. Errors port_in_use, with who has the port; not_implemented for
  /// ports of other hosts; port_reserved when one is being held for another caller; overloaded when
  /// there would be too many.
  Expected<Pin> pin(const std::vector<PortKey>& keys);

  /// Makes the sockets what the registry says. Answers the ports that should be held and cannot be:
  /// somebody has bound them in between, or an import wants more than there may be.
  std::vector<PortKey> follow();

  bool has(const PortKey& key) const;
  std::size_t size() const;

 private:
  void unpin(const std::vector<PortKey>& keys);

  const Store& store_;
  PortProbe& probe_;
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::map<PortKey, std::unique_ptr<HeldPort>> held_;
  std::set<PortKey> pinned_;
};

}  // namespace pm
