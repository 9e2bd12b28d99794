#include "probe/netlink_dump.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_socket.h"

namespace pm {
namespace {

using test::free_port;
using test::listen_on;
using test::TestSocket;

Expected<std::vector<SocketEntry>> dump(int family, Protocol protocol, int port) {
  return dump_by_netlink({family, protocol, Port::clamped(port)});
}

TEST(NetlinkDump, FindsATcpListenerWithAddressPortAndInode) {
  const auto listener = listen_on("127.0.0.2", free_port());
  const auto entries = dump(AF_INET, Protocol::tcp, listener.port());
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 1);
  const auto& entry = entries->front();
  EXPECT_EQ(entry.listener.address, "127.0.0.2");
  EXPECT_EQ(entry.listener.port.value(), listener.port());
  EXPECT_EQ(entry.listener.protocol, Protocol::tcp);
  EXPECT_EQ(entry.inode, listener.inode());
}

TEST(NetlinkDump, LeavesOutConnectionsOfTheListener) {
  const auto listener = listen_on("127.0.0.1", free_port());
  TestSocket client("127.0.0.1", SOCK_STREAM);
  client.connect("127.0.0.1", listener.port());
  const auto accepted = listener.accept();
  EXPECT_EQ(dump(AF_INET, Protocol::tcp, listener.port())->size(), 1);
}

TEST(NetlinkDump, TellsUdpSocketsThatAreConnectedFromThoseThatAreNot) {
  TestSocket socket = test::udp_on("127.0.0.1", free_port());
  EXPECT_EQ(dump(AF_INET, Protocol::udp, socket.port())->size(), 1);
  socket.connect("127.0.0.1", 9);
  EXPECT_TRUE(dump(AF_INET, Protocol::udp, socket.port())->empty());
}

TEST(NetlinkDump, ReadsATableOfManyBatches) {
  std::vector<TestSocket> listeners;
  std::vector<std::uint64_t> inodes;
  for (int i = 0; i < 600; ++i) {
    listeners.push_back(listen_on("127.0.0.1", 0, 1));
    inodes.push_back(listeners.back().inode());
  }
  const auto entries = dump_by_netlink({AF_INET, Protocol::tcp, std::nullopt});
  ASSERT_TRUE(entries) << entries.error().message;
  std::vector<std::uint64_t> found;
  for (const auto& entry : *entries) found.push_back(entry.inode);
  EXPECT_THAT(found, testing::IsSupersetOf(inodes));
}

TEST(NetlinkDump, RefusesWhatTheKernelRefuses) {
  EXPECT_FALSE(dump(255, Protocol::tcp, 8000));
}

}  // namespace
}  // namespace pm
