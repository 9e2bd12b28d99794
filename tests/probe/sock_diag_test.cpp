#include "probe/sock_diag.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include "support/test_socket.h"

namespace pm {
namespace {

using test::free_port;
using test::has_ipv6;
using test::listen_on;
using test::TestSocket;

std::vector<RawSocket> listeners(SockDiag& diag, int family, Protocol protocol, int port) {
  std::vector<RawSocket> sockets;
  const SocketQuery query{family, protocol, listening_states(protocol), Port::clamped(port)};
  const auto dumped = diag.listeners(query, sockets);
  EXPECT_TRUE(dumped) << dumped.error().message;
  return sockets;
}

std::vector<RawConnection> connections(SockDiag& diag, int family, Protocol protocol, int port) {
  std::vector<RawConnection> rows;
  const SocketQuery query{family, protocol, connection_states(protocol), Port::clamped(port)};
  const auto dumped = diag.connections(query, rows);
  EXPECT_TRUE(dumped) << dumped.error().message;
  return rows;
}

TEST(SockDiag, FindsATcpListenerWithAllThatTheKernelTells) {
  SockDiag diag;
  const auto listener = listen_on("127.0.0.2", free_port());
  const auto found = listeners(diag, AF_INET, Protocol::tcp, listener.port());
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(address_text(found[0].family, found[0].address), "127.0.0.2");
  EXPECT_EQ(found[0].port, listener.port());
  EXPECT_EQ(found[0].protocol, Protocol::tcp);
  EXPECT_EQ(found[0].inode, listener.inode());
  EXPECT_EQ(found[0].uid, ::getuid());
}

TEST(SockDiag, AnswersOneDumpAfterAnother) {
  SockDiag diag;
  const auto listener = listen_on("127.0.0.1", free_port());
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(listeners(diag, AF_INET, Protocol::tcp, listener.port()).size(), 1);
    ASSERT_EQ(listeners(diag, AF_INET, Protocol::udp, listener.port()).size(), 0);
  }
}

TEST(SockDiag, AppendsToWhatIsThere) {
  SockDiag diag;
  const auto listener = listen_on("127.0.0.1", free_port());
  std::vector<RawSocket> sockets(2);
  const SocketQuery query{AF_INET, Protocol::tcp, listening_states(Protocol::tcp),
                          Port::clamped(listener.port())};
  ASSERT_TRUE(diag.listeners(query, sockets));
  EXPECT_EQ(sockets.size(), 3);
}

TEST(SockDiag, LeavesConnectionsOutOfTheListeners) {
  SockDiag diag;
  const auto listener = listen_on("127.0.0.1", free_port());
  TestSocket client("127.0.0.1", SOCK_STREAM);
  client.connect("127.0.0.1", listener.port());
  const auto accepted = listener.accept();
  EXPECT_EQ(listeners(diag, AF_INET, Protocol::tcp, listener.port()).size(), 1);
  const auto found = connections(diag, AF_INET, Protocol::tcp, listener.port());
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].near.inode, accepted.inode());
  EXPECT_EQ(found[0].state, TCP_ESTABLISHED);
  EXPECT_EQ(endpoint_text(AF_INET, found[0].far_address, found[0].far_port),
            "127.0.0.1:" + std::to_string(client.port()));
}

TEST(SockDiag, TellsUdpSocketsThatAreConnectedFromThoseThatAreNot) {
  SockDiag diag;
  TestSocket socket = test::udp_on("127.0.0.1", free_port());
  EXPECT_EQ(listeners(diag, AF_INET, Protocol::udp, socket.port()).size(), 1);
  EXPECT_TRUE(connections(diag, AF_INET, Protocol::udp, socket.port()).empty());
  socket.connect("127.0.0.1", 9);
  EXPECT_TRUE(listeners(diag, AF_INET, Protocol::udp, socket.port()).empty());
  EXPECT_EQ(connections(diag, AF_INET, Protocol::udp, socket.port()).size(), 1);
}

TEST(SockDiag, TellsIpv6OnlyWildcardsFromThoseThatTakeIpv4Too) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  SockDiag diag;
  for (const auto protocol : {Protocol::tcp, Protocol::udp}) {
    for (const bool only : {false, true}) {
      TestSocket socket("::", protocol == Protocol::tcp ? SOCK_STREAM : SOCK_DGRAM);
      socket.set(IPPROTO_IPV6, IPV6_V6ONLY, only ? 1 : 0);
      socket.bind("::", free_port());
      if (protocol == Protocol::tcp) socket.listen();
      const auto found = listeners(diag, AF_INET6, protocol, socket.port());
      ASSERT_EQ(found.size(), 1) << to_string(protocol);
      EXPECT_EQ(found[0].v6_only, only) << to_string(protocol);
    }
  }
}

TEST(SockDiag, ReadsATableOfManyBatches) {
  SockDiag diag;
  std::vector<TestSocket> sockets;
  std::vector<std::uint32_t> inodes;
  for (int i = 0; i < 600; ++i) {
    sockets.push_back(listen_on("127.0.0.1", 0, 1));
    inodes.push_back(static_cast<std::uint32_t>(sockets.back().inode()));
  }
  std::vector<RawSocket> all;
  ASSERT_TRUE(diag.listeners({AF_INET, Protocol::tcp, listening_states(Protocol::tcp), {}}, all));
  std::vector<std::uint32_t> found;
  for (const auto& socket : all) found.push_back(socket.inode);
  EXPECT_THAT(found, testing::IsSupersetOf(inodes));
}

TEST(SockDiag, WorksAgainAfterTheKernelHasRefused) {
  SockDiag diag;
  std::vector<RawSocket> sockets;
  const auto refused =
      diag.listeners({255, Protocol::tcp, listening_states(Protocol::tcp), {}}, sockets);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::internal);
  EXPECT_THAT(refused.error().message, testing::StartsWith("sock_diag: "));
  EXPECT_TRUE(sockets.empty());
  const auto listener = listen_on("127.0.0.1", free_port());
  EXPECT_EQ(listeners(diag, AF_INET, Protocol::tcp, listener.port()).size(), 1);
}

}  // namespace
}  // namespace pm
