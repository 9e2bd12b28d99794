#include "probe/listener_table.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/test_socket.h"

namespace pm {
namespace {

using test::free_port;
using test::has_ipv6;
using test::listen_on;

TEST(ListenerTable, HasEveryListenerOfAPortIpv4First) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  const int port = free_port();
  const auto v6 = listen_on("::1", port);
  const auto v4 = listen_on("127.0.0.1", port);
  const auto entries = dump_listeners(Protocol::tcp, Port::clamped(port));
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 2);
  EXPECT_EQ((*entries)[0].listener.address, "127.0.0.1");
  EXPECT_EQ((*entries)[0].inode, v4.inode());
  EXPECT_EQ((*entries)[1].listener.address, "::1");
  EXPECT_EQ((*entries)[1].inode, v6.inode());
}

TEST(ListenerTable, ADualStackListenerIsOneEntry) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  const auto listener = listen_on("::", free_port());
  const auto entries = dump_listeners(Protocol::tcp, Port::clamped(listener.port()));
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 1);
  EXPECT_EQ(entries->front().listener.address, "::");
}

TEST(ListenerTable, WithoutAPortItHasThemAll) {
  const auto one = listen_on("127.0.0.1", free_port());
  const auto other = listen_on("127.0.0.2", free_port());
  const auto entries = dump_listeners(Protocol::tcp);
  ASSERT_TRUE(entries) << entries.error().message;
  for (const auto inode : {one.inode(), other.inode()}) {
    EXPECT_TRUE(std::any_of(entries->begin(), entries->end(),
                            [&](const SocketEntry& entry) { return entry.inode == inode; }));
  }
}

TEST(ListenerTable, APortThatNobodyHasIsNotInIt) {
  const auto port = Port::clamped(free_port());
  EXPECT_TRUE(dump_listeners(Protocol::tcp, port)->empty());
  EXPECT_TRUE(dump_listeners(Protocol::udp, port)->empty());
}

}  // namespace
}  // namespace pm
