#include "probe/socket_query.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace pm {
namespace {

SocketQuery query_for(std::uint32_t states, std::optional<Port> port = std::nullopt) {
  return {AF_INET, Protocol::tcp, states, port};
}

TEST(SocketQuery, WantsItsPortOrAllThatMayBeAssigned) {
  const auto one = query_for(0, Port::clamped(8000));
  EXPECT_TRUE(one.wants_port(8000));
  EXPECT_FALSE(one.wants_port(8001));
  const auto all = query_for(0);
  EXPECT_TRUE(all.wants_port(1024));
  EXPECT_FALSE(all.wants_port(1023));
}

TEST(SocketQuery, NoTcpStateIsBothListeningAndAConnection) {
  const auto listeners = query_for(listening_states(Protocol::tcp));
  const auto connections = query_for(connection_states(Protocol::tcp));
  for (unsigned int state = TCP_ESTABLISHED; state <= TCP_CLOSING; ++state) {
    EXPECT_EQ(listeners.wants_state(state), state == TCP_LISTEN) << state;
    EXPECT_EQ(connections.wants_state(state), state != TCP_LISTEN) << state;
  }
}

TEST(SocketQuery, AUdpSocketListensUntilItIsConnected) {
  EXPECT_TRUE(query_for(listening_states(Protocol::udp)).wants_state(TCP_CLOSE));
  EXPECT_FALSE(query_for(listening_states(Protocol::udp)).wants_state(TCP_ESTABLISHED));
  EXPECT_TRUE(query_for(connection_states(Protocol::udp)).wants_state(TCP_ESTABLISHED));
  EXPECT_FALSE(query_for(connection_states(Protocol::udp)).wants_state(TCP_CLOSE));
}

TEST(SocketQuery, WantsNoStateThatDoesNotExist) {
  EXPECT_FALSE(query_for(0xffffffffU).wants_state(32));
  EXPECT_TRUE(query_for(0xffffffffU).wants_state(31));
}

}  // namespace
}  // namespace pm
