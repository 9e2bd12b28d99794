#include "probe/bind_check.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "support/test_socket.h"

namespace pm {
namespace {

using test::free_port;
using test::has_ipv6;
using test::leave_time_wait;
using test::listen_on;
using test::TestSocket;

BindAttempt try_tcp(int port) {
  return try_bind(Protocol::tcp, Port::clamped(port));
}
BindAttempt try_udp(int port) {
  return try_bind(Protocol::udp, Port::clamped(port));
}

void expect_in_use(const BindAttempt& attempt) {
  EXPECT_EQ(attempt.result, Bindable::no);
  EXPECT_EQ(attempt.error, EADDRINUSE);
}

TEST(BindCheck, APortThatNobodyHasIsBindableAgainAndAgain) {
  const int port = free_port();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(try_tcp(port).result, Bindable::yes);
    EXPECT_EQ(try_udp(port).result, Bindable::yes);
  }
}

class ListenerOn : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string address = GetParam();
    if (address.find(':') != std::string::npos && !has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  }
};

TEST_P(ListenerOn, VetoesTcpUntilItIsClosed) {
  auto listener = listen_on(GetParam(), free_port());
  const int port = listener.port();
  expect_in_use(try_tcp(port));
  listener.close();
  EXPECT_EQ(try_tcp(port).result, Bindable::yes);
}

TEST_P(ListenerOn, DoesNotVetoUdp) {
  const auto listener = listen_on(GetParam(), free_port());
  EXPECT_EQ(try_udp(listener.port()).result, Bindable::yes);
}

TEST_P(ListenerOn, UdpSocketVetoesUdpOnly) {
  const auto socket = test::udp_on(GetParam(), free_port());
  expect_in_use(try_udp(socket.port()));
  EXPECT_EQ(try_tcp(socket.port()).result, Bindable::yes);
}

INSTANTIATE_TEST_SUITE_P(Addresses, ListenerOn,
                         testing::Values("127.0.0.1", "127.0.0.2", "0.0.0.0", "::1",
                                         "::", "::ffff:127.0.0.1"));

TEST(BindCheck, AnIpv6OnlyListenerVetoes) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  TestSocket listener("::", SOCK_STREAM);
  listener.set(IPPROTO_IPV6, IPV6_V6ONLY, 1);
  listener.set(SOL_SOCKET, SO_REUSEADDR, 1);
  listener.bind("::", free_port());
  listener.listen();
  expect_in_use(try_tcp(listener.port()));
}

TEST(BindCheck, AListenerThatSharesItsPortVetoes) {
  TestSocket listener("127.0.0.1", SOCK_STREAM);
  listener.set(SOL_SOCKET, SO_REUSEPORT, 1);
  listener.bind("127.0.0.1", free_port());
  listener.listen();
  expect_in_use(try_tcp(listener.port()));
}

TEST(BindCheck, AUdpSocketThatSharesItsPortVetoes) {
  TestSocket socket("127.0.0.1", SOCK_DGRAM);
  socket.set(SOL_SOCKET, SO_REUSEADDR, 1);
  socket.set(SOL_SOCKET, SO_REUSEPORT, 1);
  socket.bind("127.0.0.1", free_port());
  expect_in_use(try_udp(socket.port()));
}

TEST(BindCheck, APortThatAnOutgoingConnectionHasIsInUse) {
  const auto listener = listen_on("127.0.0.1");
  TestSocket outgoing("127.0.0.1", SOCK_STREAM);
  outgoing.connect("127.0.0.1", listener.port());
  expect_in_use(try_tcp(outgoing.port()));
}

TEST(BindCheck, AConnectionInTimeWaitDoesNotVeto) {
  const int port = leave_time_wait();
  ASSERT_FALSE(TestSocket("127.0.0.1", SOCK_STREAM).try_bind("127.0.0.1", port))
      << "nothing is left to veto";
  EXPECT_EQ(try_tcp(port).result, Bindable::yes);
}

KeptBind keep_tcp(int port) {
  return bind_and_keep(Protocol::tcp, Port::clamped(port));
}

TEST(BindAndKeep, NobodyCanBindAKeptPortNotEvenWithReuseAddress) {
  const int port = free_port();
  {
    const auto kept = keep_tcp(port);
    ASSERT_EQ(kept.attempt.result, Bindable::yes);
    TestSocket other("127.0.0.1", SOCK_STREAM);
    other.set(SOL_SOCKET, SO_REUSEADDR, 1);
    other.set(SOL_SOCKET, SO_REUSEPORT, 1);
    EXPECT_FALSE(other.try_bind("127.0.0.1", port));
    if (has_ipv6()) {
      TestSocket v6("::1", SOCK_STREAM);
      v6.set(SOL_SOCKET, SO_REUSEADDR, 1);
      EXPECT_FALSE(v6.try_bind("::1", port));
    }
    expect_in_use(try_tcp(port));
    EXPECT_EQ(try_udp(port).result, Bindable::yes);
  }
  EXPECT_EQ(try_tcp(port).result, Bindable::yes);
}

TEST(BindAndKeep, AKeptPortRefusesConnections) {
  const int port = free_port();
  const auto kept = keep_tcp(port);
  EXPECT_FALSE(TestSocket("127.0.0.1", SOCK_STREAM).try_connect("127.0.0.1", port));
}

TEST(BindAndKeep, KeepsUdpPortsToo) {
  const int port = free_port();
  const auto kept = bind_and_keep(Protocol::udp, Port::clamped(port));
  ASSERT_EQ(kept.attempt.result, Bindable::yes);
  TestSocket other("127.0.0.1", SOCK_DGRAM);
  other.set(SOL_SOCKET, SO_REUSEADDR, 1);
  EXPECT_FALSE(other.try_bind("127.0.0.1", port));
  EXPECT_EQ(try_tcp(port).result, Bindable::yes);
}

TEST_P(ListenerOn, VetoesKeeping) {
  const auto listener = listen_on(GetParam(), free_port());
  const auto kept = keep_tcp(listener.port());
  expect_in_use(kept.attempt);
  EXPECT_FALSE(kept.v4);
  EXPECT_FALSE(kept.v6);
}

TEST(BindAndKeep, AConnectionInTimeWaitVetoes) {
  const int port = leave_time_wait();
  expect_in_use(keep_tcp(port).attempt);
  EXPECT_EQ(try_tcp(port).result, Bindable::yes);
}

}  // namespace
}  // namespace pm
