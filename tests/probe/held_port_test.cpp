#include "probe/held_port.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/test_socket.h"

namespace pm {
namespace {

PortKey udp_key(int port) {
  return {std::string(local_host), Protocol::udp, Port::clamped(port)};
}

std::unique_ptr<HeldPort> hold(const std::shared_ptr<OwnSockets>& own, const PortKey& key) {
  const std::lock_guard lock(own->mutex);
  auto bound = bind_and_keep(key.protocol, key.port);
  EXPECT_EQ(bound.attempt.result, Bindable::yes);
  return hold_bound(own, key, std::move(bound));
}

std::uint32_t inode_of(const test::TestSocket& socket) {
  return static_cast<std::uint32_t>(socket.inode());
}

TEST(HeldPort, IsBoundAndKnownUntilItEnds) {
  const auto own = std::make_shared<OwnSockets>();
  const auto key = udp_key(test::free_port());
  auto held = hold(own, key);
  EXPECT_TRUE(own->holds(key));
  EXPECT_FALSE(own->holds({key.host, Protocol::tcp, key.port}));
  EXPECT_EQ(try_bind(key.protocol, key.port).result, Bindable::no);
  held.reset();
  EXPECT_FALSE(own->holds(key));
  EXPECT_EQ(try_bind(key.protocol, key.port).result, Bindable::yes);
}

TEST(HeldPort, OnlyItsOwnSocketsAreLeftOut) {
  const auto own = std::make_shared<OwnSockets>();
  auto bound = bind_and_keep(Protocol::udp, Port::clamped(test::free_port()));
  struct stat status {};
  ASSERT_EQ(::fstat(bound.v4.get(), &status), 0);
  const auto held = hold_bound(own, udp_key(8000), std::move(bound));
  const auto other = test::listen_on("127.0.0.1");
  std::vector<RawSocket> sockets{{.inode = static_cast<std::uint32_t>(status.st_ino)},
                                 {.inode = inode_of(other)}};
  own->leave_out(sockets);
  ASSERT_EQ(sockets.size(), 1);
  EXPECT_EQ(sockets.front().inode, inode_of(other));
}

TEST(HeldPort, MayOutliveWhoeverHandedItOut) {
  const auto key = udp_key(test::free_port());
  auto own = std::make_shared<OwnSockets>();
  auto held = hold(own, key);
  own.reset();
  EXPECT_EQ(try_bind(key.protocol, key.port).result, Bindable::no);
  held.reset();
  EXPECT_EQ(try_bind(key.protocol, key.port).result, Bindable::yes);
}

}  // namespace
}  // namespace pm
