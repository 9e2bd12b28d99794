#include "app/port_holds.h"

namespace pm {
namespace {

/// A port that a service has, or is on its way to, is the service's to bind.
bool is_to_be_held(const Registry& registry, const Reservation& reservation) {
  return reservation.hold && is_local(reservation.key) &&
         registry.holders(reservation.key).empty() && !registry.move_to(reservation.key);
}

}  // namespace

Expected<PortHolds::Pin> PortHolds::pin(const std::vector<PortKey>& keys) {
  const std::lock_guard lock(mutex_);
  std::map<PortKey, std::unique_ptr<HeldPort>> bound;
  for (const auto& key : keys) {
    if (pinned_.contains(key)) {
      return fail(ErrorCode::port_reserved,
                  "Port " + to_string(key.port) +
                      " is being reserved by another request at this moment. GET "
                      "/api/ports/available names a free one.",
                  "port");
    }
    if (held_.contains(key)) continue;
    if (held_.size() + bound.size() >= most_) {
      return fail(ErrorCode::overloaded,
                  "Port " + to_string(key.port) + " cannot be held: with it more than " +
                      std::to_string(most_) +
                      " ports would be bound. Take a held reservation back, or reserve it without "
                      "\"hold\".",
                  "port");
    }
    auto held = probe_.hold(key);
    if (!held) return tl::unexpected(held.error());
    bound.emplace(key, std::move(*held));
  }
  held_.merge(bound);
  pinned_.insert(keys.begin(), keys.end());
  return Pin(*this, keys);
}

void PortHolds::unpin(const std::vector<PortKey>& keys) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& key : keys) pinned_.erase(key);
  }
  follow();
}

std::vector<PortKey> PortHolds::follow() {
  const std::lock_guard lock(mutex_);
  const auto registry = store_.snapshot();
  if (registry->held_reservations() == 0 && held_.empty()) return {};
  std::set<PortKey> wanted;
  registry->reservations().for_each([&](const PortKey& key, const Reservation& reservation) {
    if (is_to_be_held(*registry, reservation)) wanted.insert(key);
  });
  std::erase_if(held_, [&](const auto& each) {
    return !wanted.contains(each.first) && !pinned_.contains(each.first);
  });
  std::vector<PortKey> missing;
  for (const auto& key : wanted) {
    if (held_.contains(key)) continue;
    if (held_.size() >= most_) {
      missing.push_back(key);
    } else if (auto held = probe_.hold(key)) {
      held_.emplace(key, std::move(*held));
    } else {
      missing.push_back(key);
    }
  }
  return missing;
}

bool PortHolds::has(const PortKey& key) const {
  const std::lock_guard lock(mutex_);
  return held_.contains(key);
}

std::size_t PortHolds::size() const {
  const std::lock_guard lock(mutex_);
  return held_.size();
}

}  // namespace pm
