#include "app/port_finder.h"

namespace pm {

std::optional<PortKey> PortFinder::hold_next(const std::string& host, Protocol protocol,
                                             const PortRange& range, const PortBitmap& rejected) {
  const std::lock_guard lock(mutex_);
  // The snapshot is read under the lock: whoever let go before has published before.
  auto taken = store_.snapshot()->occupied(host, protocol);
  taken.merge(rejected);
  for (const auto& key : held_) {
    if (key.host == host && key.protocol == protocol) taken.set(key.port);
  }
  const auto port = taken.first_free(range.lo, range.hi);
  if (!port) return std::nullopt;
  PortKey key{host, protocol, *port};
  held_.insert(key);
  return key;
}

void PortFinder::let_go(const PortKey& key) {
  const std::lock_guard lock(mutex_);
  held_.erase(key);
}

Expected<PortFinder::Hold> PortFinder::take(const std::string& host, Protocol protocol,
                                            const std::vector<PortRange>& ranges) {
  PortBitmap rejected;
  for (const auto& range : ranges) {
    while (auto key = hold_next(host, protocol, range, rejected)) {
      Hold hold(*this, std::move(*key));
      if (probe_.check(hold.key()).result != Bindable::no) return hold;
      rejected.set(hold.port());
    }
  }
  const auto& range = ranges.back();
  const auto registry = store_.snapshot();
  int assigned = 0;
  int reserved = 0;
  for (int value = range.lo.value(); value <= range.hi.value(); ++value) {
    const PortKey key{host, protocol, Port::clamped(value)};
    assigned += registry->holders(key).empty() ? 0 : 1;
    reserved += registry->reservation(key) ? 1 : 0;
  }
  return fail(ErrorCode::range_full,
              "No port from " + range.text() + " is free: of " + std::to_string(range.size()) +
                  " ports " + std::to_string(assigned) + " are assigned, " +
                  std::to_string(reserved) + " reserved and " +
                  std::to_string(rejected.count(range.lo, range.hi)) +
                  " in use by other processes. Release or unreserve one, or name another range.",
              "range");
}

std::vector<Port> PortFinder::list(const std::string& host, Protocol protocol,
                                   const PortRange& range, std::size_t count) {
  auto taken = store_.snapshot()->occupied(host, protocol);
  std::vector<Port> ports;
  while (ports.size() < count) {
    const auto port = taken.first_free(range.lo, range.hi);
    if (!port) break;
    taken.set(*port);
    if (probe_.check({host, protocol, *port}).result != Bindable::no) ports.push_back(*port);
  }
  return ports;
}

std::vector<PortRange> PortFinder::ranges_for(const Registry& registry,
                                              const std::string& service_id) {
  std::vector<PortRange> ranges;
  if (const auto* service = registry.service(service_id)) {
    if (const auto* own = registry.config().category(service->category)) ranges.push_back(*own);
  }
  ranges.push_back(registry.config().range);
  return ranges;
}

}  // namespace pm
