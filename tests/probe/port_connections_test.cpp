#include "probe/port_connections.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include "support/test_socket.h"

namespace pm {
namespace {

RawConnection connection(int state, int far_port, std::uint32_t inode = 0) {
  RawConnection row;
  row.near.family = AF_INET;
  row.near.port = 8000;
  row.near.inode = inode;
  row.far_port = static_cast<std::uint16_t>(far_port);
  row.state = static_cast<std::uint8_t>(state);
  return row;
}

TEST(PortConnections, WritesStatesAsSsDoes) {
  EXPECT_STREQ(state_name(TCP_ESTABLISHED), "ESTAB");
  EXPECT_STREQ(state_name(TCP_TIME_WAIT), "TIME-WAIT");
  EXPECT_STREQ(state_name(TCP_CLOSE_WAIT), "CLOSE-WAIT");
  EXPECT_STREQ(state_name(TCP_CLOSE), "UNCONN");
  EXPECT_STREQ(state_name(TCP_CLOSING), "CLOSING");
  EXPECT_STREQ(state_name(99), "UNKNOWN");
}

TEST(PortConnections, TellsTheMostTellingFirstAndNoMoreThanAsked) {
  const std::vector<RawConnection> rows{
      connection(TCP_TIME_WAIT, 1), connection(TCP_CLOSE, 2), connection(TCP_CLOSE_WAIT, 3),
      connection(TCP_ESTABLISHED, 4), connection(TCP_ESTABLISHED, 5)};
  const auto open = open_connections(rows, 4, ProcessReader());
  ASSERT_EQ(open.size(), 4);
  EXPECT_EQ(open[0].remote, "0.0.0.0:4");
  EXPECT_EQ(open[1].remote, "0.0.0.0:5");
  EXPECT_EQ(open[2].state, "CLOSE-WAIT");
  EXPECT_EQ(open[3].state, "UNCONN");
}

TEST(PortConnections, NamesTheOwner) {
  const auto socket = test::listen_on("127.0.0.1");
  const auto open = open_connections(
      {connection(TCP_ESTABLISHED, 443, static_cast<std::uint32_t>(socket.inode()))}, 1,
      ProcessReader());
  ASSERT_EQ(open.size(), 1);
  EXPECT_EQ(open[0].pid, ::getpid());
  EXPECT_EQ(open[0].process, ProcessReader().stat(::getpid())->name);
  EXPECT_EQ(open[0].local, "0.0.0.0:8000");
}

TEST(PortConnections, KnowsWhenNothingButTimeWaitIsLeft) {
  EXPECT_FALSE(only_time_wait({}));
  EXPECT_TRUE(only_time_wait({connection(TCP_TIME_WAIT, 1), connection(TCP_TIME_WAIT, 2)}));
  EXPECT_FALSE(only_time_wait({connection(TCP_TIME_WAIT, 1), connection(TCP_FIN_WAIT2, 2)}));
}

}  // namespace
}  // namespace pm
