#include "probe/held_port.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace pm {
namespace {

std::vector<std::uint64_t> inodes_of(const KeptBind& bound) {
  std::vector<std::uint64_t> inodes;
  for (const auto* fd : {&bound.v4, &bound.v6}) {
    struct stat status {};
    if (*fd && ::fstat(fd->get(), &status) == 0) inodes.push_back(status.st_ino);
  }
  return inodes;
}

class BoundPort final : public HeldPort {
 public:
  BoundPort(std::shared_ptr<OwnSockets> own, PortKey key, KeptBind bound)
      : own_(std::move(own)), key_(std::move(key)), bound_(std::move(bound)) {}
  BoundPort(const BoundPort&) = delete;
  BoundPort& operator=(const BoundPort&) = delete;
  ~BoundPort() override {
    const std::lock_guard lock(own_->mutex);
    bound_ = {};
    own_->remove(key_);
  }

 private:
  std::shared_ptr<OwnSockets> own_;
  PortKey key_;
  KeptBind bound_;
};

}  // namespace

void OwnSockets::add(const PortKey& key, std::vector<std::uint64_t> inodes) {
  held_.push_back({key, std::move(inodes)});
}

void OwnSockets::remove(const PortKey& key) {
  std::erase_if(held_, [&](const Held& held) { return held.key == key; });
}

bool OwnSockets::holds(const PortKey& key) const {
  return std::any_of(held_.begin(), held_.end(), [&](const Held& held) { return held.key == key; });
}

bool OwnSockets::has(std::uint64_t inode) const {
  return std::any_of(held_.begin(), held_.end(), [&](const Held& held) {
    return std::find(held.inodes.begin(), held.inodes.end(), inode) != held.inodes.end();
  });
}

void OwnSockets::leave_out(std::vector<RawSocket>& sockets) const {
  std::erase_if(sockets, [&](const RawSocket& socket) { return has(socket.inode); });
}

void OwnSockets::leave_out(std::vector<RawConnection>& connections) const {
  std::erase_if(connections,
                [&](const RawConnection& connection) { return has(connection.near.inode); });
}

std::unique_ptr<HeldPort> hold_bound(std::shared_ptr<OwnSockets> own, const PortKey& key,
                                     KeptBind bound) {
  own->add(key, inodes_of(bound));
  return std::make_unique<BoundPort>(std::move(own), key, std::move(bound));
}

}  // namespace pm
