#include "probe/linux_port_probe.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <future>
#include <vector>

#include "support/suite_service.h"
#include "support/test_socket.h"

namespace pm {
namespace {

using test::free_port;
using test::has_ipv6;
using test::listen_on;
using test::TestSocket;

PortKey local(int port, Protocol protocol = Protocol::tcp) {
  return {std::string(local_host), protocol, Port::clamped(port)};
}

TEST(LinuxPortProbe, SaysYesToAFreePort) {
  LinuxPortProbe probe;
  const auto answer = probe.check(local(free_port()));
  EXPECT_EQ(answer.result, Bindable::yes);
  EXPECT_EQ(answer.reason, "");
  EXPECT_FALSE(answer.listener);
}

TEST(LinuxPortProbe, NamesTheListenerOfAPortInUse) {
  LinuxPortProbe probe;
  const auto listener = listen_on("127.0.0.2", free_port());
  const auto answer = probe.check(local(listener.port()));
  EXPECT_EQ(answer.result, Bindable::no);
  EXPECT_EQ(answer.reason, "127.0.0.1:" + std::to_string(listener.port()) + " is in use");
  ASSERT_TRUE(answer.listener);
  EXPECT_EQ(answer.listener->pid, ::getpid());
  EXPECT_EQ(answer.listener->address, "127.0.0.2");
  EXPECT_EQ(answer.listener->port.value(), listener.port());
}

TEST(LinuxPortProbe, KnowsNoListenerOfAPortThatAConnectionHas) {
  LinuxPortProbe probe;
  const auto listener = listen_on("127.0.0.1");
  TestSocket outgoing("127.0.0.1", SOCK_STREAM);
  outgoing.connect("127.0.0.1", listener.port());
  const auto answer = probe.check(local(outgoing.port()));
  EXPECT_EQ(answer.result, Bindable::no);
  EXPECT_FALSE(answer.listener);
}

TEST(LinuxPortProbe, FindsAnotherProcess) {
  LinuxPortProbe probe;
  test::SuiteService service("billing");
  const auto found = probe.listener(local(service.port()));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pid, service.process().pid());
  EXPECT_EQ(found->process, "suite_service.p");
  EXPECT_EQ(found->address, "127.0.0.1");
}

TEST(LinuxPortProbe, FindsAnIpv6Listener) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  LinuxPortProbe probe;
  const auto listener = listen_on("::1", free_port());
  const auto found = probe.listener(local(listener.port()));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->address, "::1");
}

TEST(LinuxPortProbe, KeepsProtocolsApart) {
  LinuxPortProbe probe;
  const auto socket = test::udp_on("127.0.0.1", free_port());
  EXPECT_EQ(probe.check(local(socket.port())).result, Bindable::yes);
  EXPECT_FALSE(probe.listener(local(socket.port())));
  const auto answer = probe.check(local(socket.port(), Protocol::udp));
  EXPECT_EQ(answer.result, Bindable::no);
  ASSERT_TRUE(answer.listener);
  EXPECT_EQ(answer.listener->protocol, Protocol::udp);
  EXPECT_EQ(answer.listener->pid, ::getpid());
}

TEST(LinuxPortProbe, DoesNotAnswerForAnotherHost) {
  LinuxPortProbe probe;
  const auto listener = listen_on("127.0.0.1");
  const PortKey elsewhere{"db.example", Protocol::tcp, Port::clamped(listener.port())};
  EXPECT_EQ(probe.check(elsewhere).result, Bindable::not_applicable);
  EXPECT_FALSE(probe.listener(elsewhere));
}

TEST(LinuxPortProbe, ChecksAtTheSameTimeDoNotSeeOneAnother) {
  LinuxPortProbe probe;
  const auto key = local(free_port());
  constexpr int rounds = 200;
  const auto count_vetoes = [&] {
    int vetoes = 0;
    for (int i = 0; i < rounds; ++i) vetoes += probe.check(key).result == Bindable::yes ? 0 : 1;
    return vetoes;
  };
  const auto count_listeners = [&] {
    int found = 0;
    for (int i = 0; i < rounds; ++i) found += probe.listener(key) ? 1 : 0;
    return found;
  };
  std::vector<std::future<int>> counts;
  for (int i = 0; i < 3; ++i) {
    counts.push_back(std::async(std::launch::async, count_vetoes));
    counts.push_back(std::async(std::launch::async, count_listeners));
  }
  for (auto& count : counts) EXPECT_EQ(count.get(), 0);
}

TEST(DescribeListener, NamesWhatMayBeSeen) {
  Listener listener{4711, "nginx", "0.0.0.0", Protocol::tcp, Port::clamped(8000)};
  EXPECT_EQ(describe(listener), "nginx (pid 4711) on 0.0.0.0");
  listener.process.clear();
  EXPECT_EQ(describe(listener), "process 4711 on 0.0.0.0");
  listener.pid = 0;
  EXPECT_EQ(describe(listener), "a process that this user may not see on 0.0.0.0");
}

}  // namespace
}  // namespace pm
