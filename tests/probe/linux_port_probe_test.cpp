#include "probe/linux_port_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <vector>

#include "support/manual_clock.h"
#include "support/suite_service.h"
#include "support/test_socket.h"

namespace pm {
namespace {

using test::free_port;
using test::has_ipv6;
using test::leave_time_wait;
using test::listen_on;
using test::TestSocket;
using testing::AllOf;
using testing::HasSubstr;

PortKey local(int port, Protocol protocol = Protocol::tcp) {
  return {std::string(local_host), protocol, Port::clamped(port)};
}

std::string own_name() {
  return ProcessReader().stat(::getpid())->name;
}

class LinuxPortProbeOf : public testing::Test {
 protected:
  test::ManualClock clock_;
  LinuxPortProbe probe_{clock_};
};

TEST_F(LinuxPortProbeOf, SaysYesToAFreePort) {
  const auto answer = probe_.check(local(free_port()));
  EXPECT_EQ(answer.result, Bindable::yes);
  EXPECT_EQ(answer.reason, "");
  EXPECT_FALSE(answer.listener);
}

TEST_F(LinuxPortProbeOf, NamesTheListenerOfAPortInUse) {
  const auto listener = listen_on("127.0.0.2", free_port());
  const auto answer = probe_.check(local(listener.port()));
  EXPECT_EQ(answer.result, Bindable::no);
  EXPECT_EQ(answer.reason, "127.0.0.1:" + std::to_string(listener.port()) + " is in use");
  ASSERT_TRUE(answer.listener);
  EXPECT_EQ(answer.listener->pid, ::getpid());
  EXPECT_EQ(answer.listener->address, "127.0.0.2");
  EXPECT_EQ(answer.listener->port.value(), listener.port());
  EXPECT_FALSE(answer.connection);
}

TEST_F(LinuxPortProbeOf, NamesTheConnectionThatHasAPort) {
  const auto listener = listen_on("127.0.0.1");
  TestSocket outgoing("127.0.0.1", SOCK_STREAM);
  outgoing.connect("127.0.0.1", listener.port());
  const auto answer = probe_.check(local(outgoing.port()));
  EXPECT_EQ(answer.result, Bindable::no);
  EXPECT_FALSE(answer.listener);
  ASSERT_TRUE(answer.connection);
  EXPECT_EQ(answer.connection->local, "127.0.0.1:" + std::to_string(outgoing.port()));
  EXPECT_EQ(answer.connection->remote, "127.0.0.1:" + std::to_string(listener.port()));
  EXPECT_EQ(answer.connection->state, "ESTAB");
  EXPECT_EQ(answer.connection->pid, ::getpid());
  EXPECT_EQ(answer.connection->process, own_name());
}

TEST_F(LinuxPortProbeOf, FindsAnotherProcess) {
  test::SuiteService service("billing");
  const auto found = probe_.listener(local(service.port()));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pid, service.process().pid());
  EXPECT_EQ(found->process, "suite_service.p");
  EXPECT_EQ(found->address, "127.0.0.1");
  EXPECT_THAT(found->executable, HasSubstr("python"));
  EXPECT_EQ(found->uid, ::getuid());
  EXPECT_TRUE(found->started);
}

TEST_F(LinuxPortProbeOf, FindsAnIpv6Listener) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  const auto listener = listen_on("::1", free_port());
  const auto found = probe_.listener(local(listener.port()));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->address, "::1");
}

TEST_F(LinuxPortProbeOf, KeepsProtocolsApart) {
  const auto socket = test::udp_on("127.0.0.1", free_port());
  EXPECT_EQ(probe_.check(local(socket.port())).result, Bindable::yes);
  EXPECT_FALSE(probe_.listener(local(socket.port())));
  const auto answer = probe_.check(local(socket.port(), Protocol::udp));
  EXPECT_EQ(answer.result, Bindable::no);
  ASSERT_TRUE(answer.listener);
  EXPECT_EQ(answer.listener->protocol, Protocol::udp);
  EXPECT_EQ(answer.listener->pid, ::getpid());
}

TEST_F(LinuxPortProbeOf, DoesNotAnswerForAnotherHost) {
  const auto listener = listen_on("127.0.0.1");
  const PortKey elsewhere{"db.example", Protocol::tcp, Port::clamped(listener.port())};
  EXPECT_EQ(probe_.check(elsewhere).result, Bindable::not_applicable);
  EXPECT_FALSE(probe_.listener(elsewhere));
  EXPECT_TRUE(probe_.use(elsewhere).listeners.empty());
  const auto held = probe_.hold(elsewhere);
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, ErrorCode::not_implemented);
}

TEST_F(LinuxPortProbeOf, ChecksAtTheSameTimeDoNotSeeOneAnother) {
  const auto key = local(free_port());
  constexpr int rounds = 100;
  const auto count_vetoes = [&] {
    int vetoes = 0;
    for (int i = 0; i < rounds; ++i) vetoes += probe_.check(key).result == Bindable::yes ? 0 : 1;
    return vetoes;
  };
  const auto count_seen = [&] {
    int found = 0;
    for (int i = 0; i < rounds; ++i) {
      found += probe_.listener(key) ? 1 : 0;
      const auto table = probe_.scan();
      found += table && (*table)->at(key.protocol, key.port).empty() ? 0 : 1;
      found += probe_.use(key).connection_count == 0 ? 0 : 1;
    }
    return found;
  };
  std::vector<std::future<int>> counts;
  for (int i = 0; i < 3; ++i) {
    counts.push_back(std::async(std::launch::async, count_vetoes));
    counts.push_back(std::async(std::launch::async, count_seen));
  }
  for (auto& count : counts) EXPECT_EQ(count.get(), 0);
}

TEST_F(LinuxPortProbeOf, TellsListenersAndConnectionsOfAPort) {
  const int port = free_port();
  const auto listener = listen_on("127.0.0.1", port);
  const auto other = listen_on("127.0.0.2", port);
  TestSocket client("127.0.0.1", SOCK_STREAM);
  client.connect("127.0.0.1", port);
  const auto accepted = listener.accept();
  const auto use = probe_.use(local(port));
  ASSERT_EQ(use.listeners.size(), 2);
  for (const auto& each : use.listeners) EXPECT_EQ(each.pid, ::getpid());
  EXPECT_NE(use.listeners[0].address, use.listeners[1].address);
  EXPECT_EQ(use.connection_count, 1);
  ASSERT_EQ(use.connections.size(), 1);
  EXPECT_EQ(use.connections[0].remote, "127.0.0.1:" + std::to_string(client.port()));
  EXPECT_EQ(use.connections[0].pid, ::getpid());
}

TEST_F(LinuxPortProbeOf, TellsAHundredConnectionsAndCountsTheRest) {
  const auto listener = listen_on("127.0.0.1", free_port(), 128);
  std::vector<TestSocket> sockets;
  for (int i = 0; i < 120; ++i) {
    auto& client = sockets.emplace_back("127.0.0.1", SOCK_STREAM);
    client.connect("127.0.0.1", listener.port());
    sockets.push_back(listener.accept());
  }
  const auto use = probe_.use(local(listener.port()));
  EXPECT_EQ(use.connection_count, 120);
  EXPECT_EQ(use.connections.size(), 100);
}

TEST_F(LinuxPortProbeOf, SeesConnectionsInTimeWaitThatNobodyOwns) {
  const int port = leave_time_wait();
  const auto use = probe_.use(local(port));
  EXPECT_TRUE(use.listeners.empty());
  ASSERT_EQ(use.connections.size(), 1);
  EXPECT_EQ(use.connections[0].state, "TIME-WAIT");
  EXPECT_EQ(use.connections[0].pid, 0);
}

TEST_F(LinuxPortProbeOf, TellsConnectedUdpSockets) {
  auto socket = test::udp_on("127.0.0.1", free_port());
  socket.connect("127.0.0.1", 4711);
  const auto use = probe_.use(local(socket.port(), Protocol::udp));
  EXPECT_TRUE(use.listeners.empty());
  ASSERT_EQ(use.connections.size(), 1);
  EXPECT_EQ(use.connections[0].remote, "127.0.0.1:4711");
  EXPECT_EQ(use.connections[0].state, "ESTAB");
}

TEST_F(LinuxPortProbeOf, AHeldPortIsInUseAndShowsNowhere) {
  for (const auto protocol : {Protocol::tcp, Protocol::udp}) {
    const auto key = local(free_port(), protocol);
    auto held = probe_.hold(key);
    ASSERT_TRUE(held) << held.error().message;
    const auto answer = probe_.check(key);
    EXPECT_EQ(answer.result, Bindable::no);
    EXPECT_THAT(answer.reason, HasSubstr("Port Manager"));
    EXPECT_FALSE(probe_.listener(key));
    EXPECT_TRUE(probe_.use(key).listeners.empty());
    EXPECT_EQ(probe_.use(key).connection_count, 0);
    EXPECT_TRUE((*probe_.scan())->at(protocol, key.port).empty());
    const auto again = probe_.hold(key);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::port_in_use);
    held->reset();
    EXPECT_EQ(probe_.check(key).result, Bindable::yes);
  }
}

TEST_F(LinuxPortProbeOf, ARefusedHoldNamesTheListener) {
  const auto listener = listen_on("127.0.0.1", free_port());
  const auto held = probe_.hold(local(listener.port()));
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, ErrorCode::port_in_use);
  EXPECT_THAT(held.error().message,
              AllOf(HasSubstr("127.0.0.1:" + std::to_string(listener.port())),
                    HasSubstr(own_name() + " (pid " + std::to_string(::getpid()) + ")"),
                    HasSubstr("Stop it")));
}

TEST_F(LinuxPortProbeOf, ARefusedHoldNamesTheConnection) {
  const auto listener = listen_on("127.0.0.1", free_port());
  TestSocket outgoing("127.0.0.1", SOCK_STREAM);
  outgoing.connect("127.0.0.1", listener.port());
  const auto held = probe_.hold(local(outgoing.port()));
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, ErrorCode::port_in_use);
  EXPECT_THAT(held.error().message,
              AllOf(HasSubstr("to 127.0.0.1:" + std::to_string(listener.port())),
                    HasSubstr("(pid " + std::to_string(::getpid()) + ")")));
}

TEST_F(LinuxPortProbeOf, ARefusedHoldSaysWhenOnlyTimeWaitIsInTheWay) {
  const auto key = local(leave_time_wait());
  const auto held = probe_.hold(key);
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, ErrorCode::port_in_use);
  EXPECT_THAT(held.error().message, AllOf(HasSubstr("TIME-WAIT"), HasSubstr("60 seconds")));
  EXPECT_EQ(probe_.check(key).result, Bindable::yes);
}

TEST_F(LinuxPortProbeOf, HasThePortsOfTheKernelForOutgoingConnections) {
  const auto ports = probe_.ephemeral();
  ASSERT_TRUE(ports.range());
  const auto listener = listen_on("127.0.0.1");  // the kernel's choice
  EXPECT_TRUE(ports.contains(Port::clamped(listener.port())));
}

TEST_F(LinuxPortProbeOf, TellsThisBoot) {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  EXPECT_EQ(probe_.boot_id(), id);
}

TEST_F(LinuxPortProbeOf, AScanThatFindsNoChangeIsTheSameTable) {
  const int port = free_port();
  {
    const auto listener = listen_on("127.0.0.1", port);
    const auto key = local(port);
    // Other processes of the machine come and go.
    std::shared_ptr<const ListenerTable> first;
    std::shared_ptr<const ListenerTable> second;
    for (int i = 0; i < 100 && (first == nullptr || first != second); ++i) {
      first = *probe_.scan();
      second = *probe_.scan();
    }
    EXPECT_EQ(first, second);
    ASSERT_EQ(second->at(key.protocol, key.port).size(), 1);
    EXPECT_EQ(second->at(key.protocol, key.port).front()->pid, ::getpid());
  }
  EXPECT_TRUE((*probe_.scan())->at(Protocol::tcp, Port::clamped(port)).empty());
}

TEST_F(LinuxPortProbeOf, AScanKeepsTheRowsOfSocketsThatStay) {
  const auto stays = listen_on("127.0.0.1", free_port());
  const auto key = local(stays.port());
  const auto before = (*probe_.scan())->at(key.protocol, key.port).front();
  EXPECT_FALSE(before->since);
  clock_.advance(std::chrono::seconds(2));
  const auto comes = listen_on("127.0.0.1", free_port());
  const auto table = *probe_.scan();
  EXPECT_EQ(table->at(key.protocol, key.port).front(), before);
  const auto rows = table->at(Protocol::tcp, Port::clamped(comes.port()));
  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows.front()->since, clock_.now());
}

TEST_F(LinuxPortProbeOf, SightCountsWhatTheLastScanSaw) {
  const auto listener = listen_on("127.0.0.1", free_port());
  const auto table = *probe_.scan();
  const auto sight = probe_.sight();
  EXPECT_EQ(sight.source, "sock_diag");
  EXPECT_EQ(sight.listeners, table->all().size());
  EXPECT_EQ(sight.without_owner, std::count_if(table->all().begin(), table->all().end(),
                                               [](const auto& row) { return row->pid == 0; }));
  EXPECT_EQ(sight.advice.empty(), sight.without_owner == 0);
}

}  // namespace
}  // namespace pm
