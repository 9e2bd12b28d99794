// Every kind of listener, with real sockets of real processes; the table in tests/README.md.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>

#include "probe/linux_port_probe.h"
#include "probe/sandbox.h"
#include "support/eventually.h"
#include "support/forked_process.h"
#include "support/manual_clock.h"
#include "support/test_socket.h"

namespace pm {
namespace {

using test::eventually;
using test::ForkedProcess;
using test::free_port;
using test::has_ipv6;
using test::listen_on;
using test::TestSocket;
using testing::HasSubstr;

PortKey local(int port, Protocol protocol = Protocol::tcp) {
  return {std::string(local_host), protocol, Port::clamped(port)};
}

std::vector<Listener> scan(LinuxPortProbe& probe, int port, Protocol protocol = Protocol::tcp) {
  std::vector<Listener> found;
  const auto table = probe.scan();
  EXPECT_TRUE(table) << table.error().message;
  if (!table) return found;
  for (const auto& row : (*table)->at(protocol, Port::clamped(port))) found.push_back(*row);
  return found;
}

struct Kind {
  const char* name;
  const char* bound_to;
  const char* shown_as;
  bool v6_only;
  bool shown_v6_only;
};

void PrintTo(const Kind& kind, std::ostream* out) {
  *out << kind.name;
}

class ListenerKind : public testing::TestWithParam<std::tuple<Kind, Protocol>> {
 protected:
  void SetUp() override {
    const std::string address = kind().bound_to;
    if (address.find(':') != std::string::npos && !has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  }
  static const Kind& kind() { return std::get<Kind>(GetParam()); }
  static Protocol protocol() { return std::get<Protocol>(GetParam()); }

  static TestSocket open() {
    const bool tcp = protocol() == Protocol::tcp;
    const std::string address = kind().bound_to;
    TestSocket socket(address, tcp ? SOCK_STREAM : SOCK_DGRAM);
    if (kind().v6_only) socket.set(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    socket.bind(address, free_port());
    if (tcp) socket.listen();
    return socket;
  }

  test::ManualClock clock_;
  LinuxPortProbe probe_{clock_};
};

TEST_P(ListenerKind, IsScannedAndVetoesItsPort) {
  const auto socket = open();
  const auto found = scan(probe_, socket.port(), protocol());
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].address, kind().shown_as);
  EXPECT_EQ(found[0].v6_only, kind().shown_v6_only);
  EXPECT_EQ(found[0].pid, ::getpid());
  EXPECT_EQ(found[0].inode, socket.inode());
  EXPECT_EQ(found[0].protocol, protocol());
  const auto check = probe_.check(local(socket.port(), protocol()));
  EXPECT_EQ(check.result, Bindable::no);
  ASSERT_TRUE(check.listener);
  EXPECT_EQ(check.listener->inode, socket.inode());
}

INSTANTIATE_TEST_SUITE_P(
    All, ListenerKind,
    testing::Combine(
        testing::Values(Kind{"specific_v4", "127.0.0.2", "127.0.0.2", false, false},
                        Kind{"wildcard_v4", "0.0.0.0", "0.0.0.0", false, false},
                        Kind{"specific_v6", "::1", "::1", false, false},
                        Kind{"dual_stack", "::", "::", false, false},
                        Kind{"v6_only", "::", "::", true, true},
                        Kind{"mapped_v4", "::ffff:127.0.0.1", "127.0.0.1", false, false},
                        Kind{"mapped_wildcard", "::ffff:0.0.0.0", "0.0.0.0", false, false}),
        testing::Values(Protocol::tcp, Protocol::udp)),
    [](const auto& instance) {
      return std::string(std::get<Kind>(instance.param).name) + "_" +
             to_string(std::get<Protocol>(instance.param));
    });

class ListenerKinds : public testing::Test {
 protected:
  test::ManualClock clock_;
  LinuxPortProbe probe_{clock_};
};

TEST_F(ListenerKinds, AWildcardAndAV6OnlyListenerShareAPort) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  const auto v4 = listen_on("0.0.0.0", free_port());
  TestSocket v6("::", SOCK_STREAM);
  v6.set(IPPROTO_IPV6, IPV6_V6ONLY, 1);
  v6.bind("::", v4.port());
  v6.listen();
  const auto found = scan(probe_, v4.port());
  ASSERT_EQ(found.size(), 2);
  EXPECT_EQ(found[0].address, "0.0.0.0");
  EXPECT_EQ(found[1].address, "::");
  EXPECT_TRUE(found[1].v6_only);
}

std::string share_port(int port) {
  static TestSocket socket("127.0.0.1", SOCK_STREAM);
  socket.set(SOL_SOCKET, SO_REUSEPORT, 1);
  socket.bind("127.0.0.1", port);
  socket.listen();
  return std::to_string(socket.inode());
}

TEST_F(ListenerKinds, EachProcessOfAReuseportGroupIsARowOfItsOwn) {
  const int port = free_port();
  ForkedProcess one([&] { return share_port(port); });
  ForkedProcess other([&] { return share_port(port); });
  const auto first = one.answer();
  const auto second = other.answer();
  const auto found = scan(probe_, port);
  ASSERT_EQ(found.size(), 2);
  for (const auto& listener : found) {
    const bool is_first = std::to_string(listener.inode) == first;
    EXPECT_EQ(std::to_string(listener.inode), is_first ? first : second);
    EXPECT_EQ(listener.pid, is_first ? one.pid() : other.pid());
  }
  EXPECT_EQ(probe_.use(local(port)).listeners.size(), 2);
}

TEST_F(ListenerKinds, APortThatIsBoundWithoutListening) {
  TestSocket socket("127.0.0.1", SOCK_STREAM);
  socket.bind("127.0.0.1", free_port());
  EXPECT_TRUE(scan(probe_, socket.port()).empty());
  const auto check = probe_.check(local(socket.port()));
  EXPECT_EQ(check.result, Bindable::no);
  EXPECT_FALSE(check.listener);
  if (!check.connection) GTEST_SKIP() << "the kernel is older than 6.8 and does not show it";
  EXPECT_EQ(check.connection->state, "UNCONN");
  EXPECT_EQ(check.connection->pid, ::getpid());
  EXPECT_EQ(check.connection->remote, "0.0.0.0:*");
}

/// Listens, leaves the socket to a child that stays for a minute at most, and answers its pid.
std::string listen_and_fork(int port) {
  static TestSocket socket = listen_on("127.0.0.1", port);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    while (true) ::pause();
  }
  return std::to_string(child);
}

class Orphan : public ListenerKinds {
 protected:
  Orphan() {
    child_ = std::stoi(parent_.answer());
    const auto found = scan(probe_, port_);
    EXPECT_TRUE(found.size() == 1 && found[0].pid == parent_.pid());
  }
  ~Orphan() override { ::kill(child_, SIGKILL); }

  bool child_becomes_owner() {
    return eventually([&] {
      const auto found = scan(probe_, port_);
      return found.size() == 1 && found[0].pid == child_;
    });
  }

  int port_{free_port()};
  ForkedProcess parent_{[this] { return listen_and_fork(port_); }};
  int child_{0};
};

TEST_F(Orphan, IsTheOwnerWhenItsParentHasEnded) {
  parent_.stop();
  EXPECT_TRUE(child_becomes_owner());
}

TEST_F(Orphan, IsTheOwnerWhenItsParentIsAZombie) {
  parent_.kill();
  EXPECT_TRUE(child_becomes_owner());
}

TEST_F(Orphan, IsFoundByALookAtThePort) {
  parent_.stop();
  ASSERT_TRUE(probe_.listener(local(port_)));
  EXPECT_EQ(probe_.listener(local(port_))->pid, child_);
}

TEST_F(ListenerKinds, AnOwnerThatMayNotBeSeen) {
  if (::getuid() != 0) GTEST_SKIP() << "only root can become another user";
  TestSocket listener = listen_on("127.0.0.1", free_port());
  const int port = listener.port();
  ForkedProcess nobody([&] {
    listener.close();
    constexpr int nobodys_id = 65534;
    if (::setgid(nobodys_id) != 0 || ::setuid(nobodys_id) != 0) return std::string("skip");
    LinuxPortProbe probe(clock_);
    const auto found = scan(probe, port);
    if (found.size() != 1) return std::string("not found");
    return describe(found[0]) + ", uid " + std::to_string(found[0].uid) + " " + found[0].user +
           ". " + probe.sight().advice;
  });
  if (nobody.answer() == "skip") GTEST_SKIP() << "setuid(2) is not permitted";
  EXPECT_THAT(nobody.answer(),
              HasSubstr("a process that this user may not see on 127.0.0.1, uid 0 root. "));
  EXPECT_THAT(nobody.answer(), HasSubstr("CAP_SYS_PTRACE"));
}

TEST_F(ListenerKinds, WhereNetlinkIsRefused) {
  const auto tcp = listen_on("127.0.0.1", free_port());
  const auto udp = test::udp_on("127.0.0.1", free_port());
  ForkedProcess child([&] {
    if (!test::refuse_netlink()) return std::string("skip");
    LinuxPortProbe probe(clock_);
    const auto tcp_found = scan(probe, tcp.port());
    const auto udp_found = scan(probe, udp.port(), Protocol::udp);
    if (tcp_found.size() != 1 || udp_found.size() != 1) return std::string("not found");
    const bool same_pid = tcp_found[0].pid == ::getppid() && udp_found[0].pid == ::getppid();
    const auto sight = probe.sight();
    return std::string(same_pid ? "with owner" : "without owner") + " by " + sight.source + ": " +
           sight.advice;
  });
  if (child.answer() == "skip") GTEST_SKIP() << "no seccomp filter can be installed";
  EXPECT_THAT(child.answer(), HasSubstr("with owner by /proc/net: "));
  EXPECT_THAT(child.answer(), HasSubstr("sock_diag: Address family not supported"));
}

TEST_F(ListenerKinds, OnlyThoseOfItsOwnNetworkNamespace) {
  const auto outside = listen_on("127.0.0.1", free_port());
  ForkedProcess child([&] {
    if (!test::enter_own_network()) return std::string("skip");
    const auto inside = listen_on("127.0.0.1", free_port());
    LinuxPortProbe probe(clock_);
    const auto table = probe.scan();
    if (!table) return table.error().message;
    const bool free_inside = probe.check(local(outside.port())).result == Bindable::yes;
    const bool taken_inside = probe.check(local(inside.port())).result == Bindable::no;
    return std::to_string((*table)->all().size()) + " listener, inode " +
           ((*table)->all().front()->inode == inside.inode() ? "inside" : "outside") +
           (free_inside ? ", free" : "") + (taken_inside ? ", taken" : "");
  });
  if (child.answer() == "skip") GTEST_SKIP() << "no network namespace can be made here";
  EXPECT_EQ(child.answer(), "1 listener, inode inside, free, taken");
}

TEST_F(ListenerKinds, EphemeralPortsOfItsOwnNetworkNamespace) {
  ForkedProcess child([&] {
    if (!test::enter_own_network()) return std::string("skip");
    LinuxPortProbe probe(clock_);
    const auto before = probe.ephemeral();
    std::ofstream range("/proc/sys/net/ipv4/ip_local_port_range");
    if (!(range << "20000 20099" << std::flush)) return std::string("skip");
    std::ofstream reserved("/proc/sys/net/ipv4/ip_local_reserved_ports");
    if (!(reserved << "20050-20059" << std::flush)) return std::string("skip");
    const auto after = probe.ephemeral();
    return std::string(before.contains(Port::clamped(20000)) ? "before" : "after") +
           (after.contains(Port::clamped(20000)) ? " it is taken" : " it is free") +
           (after.contains(Port::clamped(20055)) ? "" : ", reserved ones are not");
  });
  if (child.answer() == "skip") GTEST_SKIP() << "the settings of a namespace cannot be changed";
  EXPECT_EQ(child.answer(), "after it is taken, reserved ones are not");
}

}  // namespace
}  // namespace pm
