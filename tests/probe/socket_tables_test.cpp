#include "probe/socket_tables.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "probe/sandbox.h"
#include "support/forked_process.h"
#include "support/test_socket.h"

namespace pm {
namespace {

using test::free_port;
using test::has_ipv6;
using test::listen_on;
using test::TestSocket;

std::vector<RawSocket> listeners(SocketTables& tables, Protocol protocol, int port) {
  std::vector<RawSocket> sockets;
  const auto read = tables.listeners(protocol, Port::clamped(port), sockets);
  EXPECT_TRUE(read) << read.error().message;
  return sockets;
}

TEST(SocketTables, HasEveryListenerOfAPortIpv4First) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  SocketTables tables;
  const int port = free_port();
  const auto v6 = listen_on("::1", port);
  const auto v4 = listen_on("127.0.0.1", port);
  const auto found = listeners(tables, Protocol::tcp, port);
  ASSERT_EQ(found.size(), 2);
  EXPECT_EQ(found[0].inode, v4.inode());
  EXPECT_EQ(found[1].inode, v6.inode());
  EXPECT_FALSE(tables.refusal());
}

TEST(SocketTables, HasThemAllOfBothProtocols) {
  SocketTables tables;
  const auto one = listen_on("127.0.0.1", free_port());
  const auto other = test::udp_on("127.0.0.2", free_port());
  std::vector<RawSocket> all;
  ASSERT_TRUE(tables.all_listeners(all));
  for (const auto inode : {one.inode(), other.inode()}) {
    EXPECT_TRUE(std::any_of(all.begin(), all.end(),
                            [&](const RawSocket& socket) { return socket.inode == inode; }));
  }
}

TEST(SocketTables, APortThatNobodyHasIsNotInIt) {
  SocketTables tables;
  const int port = free_port();
  EXPECT_TRUE(listeners(tables, Protocol::tcp, port).empty());
  EXPECT_TRUE(listeners(tables, Protocol::udp, port).empty());
  EXPECT_TRUE(tables.connections(Protocol::tcp, Port::clamped(port))->empty());
}

TEST(SocketTables, ReadsProcNetWhereNetlinkIsRefused) {
  const auto listener = listen_on("127.0.0.1", free_port());
  const auto udp = test::udp_on("127.0.0.1", free_port());
  TestSocket client("127.0.0.1", SOCK_STREAM);
  client.connect("127.0.0.1", listener.port());
  const auto accepted = listener.accept();
  test::ForkedProcess child([&] {
    if (!test::refuse_netlink()) return std::string("skip: no seccomp filter can be installed");
    SocketTables tables;
    const auto tcp_found = listeners(tables, Protocol::tcp, listener.port());
    const auto udp_found = listeners(tables, Protocol::udp, udp.port());
    const auto connections = tables.connections(Protocol::tcp, Port::clamped(listener.port()));
    std::string seen = tables.refusal() ? "refused" : "not refused";
    if (tcp_found.size() == 1 && tcp_found[0].inode == listener.inode()) seen += ", tcp";
    if (udp_found.size() == 1 && udp_found[0].inode == udp.inode()) seen += ", udp";
    if (connections && connections->size() == 1) seen += ", connection";
    return seen;
  });
  if (child.answer().starts_with("skip")) GTEST_SKIP() << child.answer();
  EXPECT_EQ(child.answer(), "refused, tcp, udp, connection");
}

}  // namespace
}  // namespace pm
