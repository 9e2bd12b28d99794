#include "app/port_finder.h"

#include <algorithm>

namespace pm {
namespace {

constexpr std::chrono::milliseconds no_rest{0};

}  // namespace

std::optional<PortKey> PortFinder::hold_next(const std::string& host, Protocol protocol,
                                             const PortRange& range, const PortBitmap& rejected) {
  const std::lock_guard lock(mutex_);
  // The snapshot is read under the lock: whoever let go before has published before.
  const auto registry = store_.snapshot();
  auto taken = registry->occupied(host, protocol);
  taken.merge(rejected);
  for (const auto& key : held_) {
    if (key.host == host && key.protocol == protocol) taken.set(key.port);
  }
  const auto port =
      next(*registry, ephemeral_of(host), {host, protocol, range.lo}, range.hi, taken);
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
                                            const std::vector<PortRange>& ranges,
                                            const PortBitmap& refused) {
  PortBitmap rejected = refused;
  for (const auto& range : ranges) {
    while (auto key = hold_next(host, protocol, range, rejected)) {
      Hold hold(*this, std::move(*key));
      if (probe_.check(hold.key()).result != Bindable::no) return hold;
      rejected.set(hold.port());
    }
  }
  return tl::unexpected(range_full(host, protocol, ranges.back(), rejected));
}

std::chrono::milliseconds PortFinder::rest_of(const Registry& registry, const PortKey& key) const {
  const auto released = registry.released_at(key);
  if (!released) return {};
  const auto left = *released + options_.cooldown - clock_.now();
  // The clock was set back since.
  if (left > options_.cooldown) return {};
  return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(left),
                    std::chrono::milliseconds{0}, options_.cooldown);
}

EphemeralPorts PortFinder::ephemeral_of(const std::string& host) const {
  return is_local({host, Protocol::tcp, Port::clamped(Port::lowest)}) ? probe_.ephemeral()
                                                                      : EphemeralPorts();
}

std::optional<Port> PortFinder::next(const Registry& registry, const EphemeralPorts& ephemeral,
                                     const PortKey& from, Port hi, PortBitmap& taken) const {
  while (const auto port = taken.first_free(from.port, hi)) {
    if (!ephemeral.contains(*port) &&
        rest_of(registry, {from.host, from.protocol, *port}) == no_rest) {
      return port;
    }
    taken.set(*port);
  }
  return std::nullopt;
}

Error PortFinder::range_full(const std::string& host, Protocol protocol, const PortRange& range,
                             const PortBitmap& rejected) const {
  const auto registry = store_.snapshot();
  const auto ephemeral = ephemeral_of(host);
  int assigned = 0;
  int reserved = 0;
  int resting = 0;
  int kernels = 0;
  int foreign = 0;
  for (int value = range.lo.value(); value <= range.hi.value(); ++value) {
    const PortKey key{host, protocol, Port::clamped(value)};
    if (!registry->holders(key).empty()) {
      ++assigned;
    } else if (registry->reservation(key)) {
      ++reserved;
    } else if (rejected.test(key.port)) {
      ++foreign;
    } else if (ephemeral.contains(key.port)) {
      ++kernels;
    } else if (rest_of(*registry, key) != no_rest) {
      ++resting;
    }
  }
  auto message = "No port from " + range.text() + " is free: of " + std::to_string(range.size()) +
                 " ports " + std::to_string(assigned) + " are assigned, " +
                 std::to_string(reserved) + " reserved and " + std::to_string(foreign) +
                 " in use by other processes.";
  if (resting > 0) {
    message += " " + std::to_string(resting) + " were given up less than " +
               std::to_string(std::chrono::ceil<std::chrono::seconds>(options_.cooldown).count()) +
               " s ago and rest; whoever names one gets it at once.";
  }
  if (kernels > 0) {
    message += " " + std::to_string(kernels) +
               " are in ip_local_port_range, where the kernel may take them at any time; GET "
               "/api/ports/export?format=sysctl shows how assigned ones are kept from it.";
  }
  return {ErrorCode::range_full, message + " Release or unreserve one, or name another range.",
          "range"};
}

std::vector<Port> PortFinder::list(const std::string& host, Protocol protocol,
                                   const PortRange& range, std::size_t count) {
  const auto registry = store_.snapshot();
  const auto ephemeral = ephemeral_of(host);
  auto taken = registry->occupied(host, protocol);
  std::vector<Port> ports;
  while (ports.size() < count) {
    const auto port = next(*registry, ephemeral, {host, protocol, range.lo}, range.hi, taken);
    if (!port) break;
    taken.set(*port);
    if (probe_.check({host, protocol, *port}).result != Bindable::no) ports.push_back(*port);
  }
  return ports;
}

std::vector<PortRange> PortFinder::ranges_for(const Registry& registry,
                                              const std::string& service_id) {
  const auto* service = registry.service(service_id);
  return ranges_of(registry, service ? service->category : std::string());
}

std::vector<PortRange> PortFinder::ranges_of(const Registry& registry,
                                             const std::string& category) {
  std::vector<PortRange> ranges;
  if (const auto* own = registry.config().category(category)) ranges.push_back(*own);
  ranges.push_back(registry.config().range);
  return ranges;
}

}  // namespace pm
