#include "probe/proc_net.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "support/test_socket.h"

namespace pm {
namespace {

constexpr const char* columns =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n";

SocketQuery tcp_listeners(int family) {
  return {family, Protocol::tcp, listening_states(Protocol::tcp), std::nullopt};
}

/// The address of the near end.
std::string address_of(const RawConnection& row) {
  return address_text(row.near.family, row.near.address);
}

/// A folder with files like those of /proc/net.
class ProcNet : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::path(testing::TempDir()) / ("pm_proc_net_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const char* name, const std::string& lines) const {
    std::ofstream(folder_ / name) << columns << lines;
  }

  std::filesystem::path folder_;
};

TEST_F(ProcNet, ReadsListenersOnly) {
  write(
      "tcp",
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 "
      "4711 1 0000000000000000 100 0 0 10 0\n"
      "   1: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 "
      "4712 1 0000000000000000 20 4 30 10 -1\n"
      "   2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
      "4713 1 0000000000000000 100 0 0 10 0\n");
  const auto entries = read_proc_net(tcp_listeners(AF_INET), folder_);
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 1);
  EXPECT_EQ(address_of(entries->front()), "127.0.0.1");
  EXPECT_EQ(entries->front().near.port, 8080);
  EXPECT_EQ(entries->front().near.inode, 4711);
  EXPECT_EQ(entries->front().near.uid, 1000);
}

TEST_F(ProcNet, ReadsConnectionsOfAPort) {
  write(
      "tcp",
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
      "4711 1 0000000000000000 100 0 0 10 0\n"
      "   1: 0100007F:1F90 0200007F:9C40 06 00000000:00000000 03:00000000 00000000     0        0 "
      "0 3 0000000000000000\n"
      "   2: 0100007F:1F91 0200007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 "
      "4712 1 0000000000000000 20 4 30 10 -1\n");
  const auto rows = read_proc_net(
      {AF_INET, Protocol::tcp, connection_states(Protocol::tcp), Port::clamped(8080)}, folder_);
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 1);
  EXPECT_EQ(rows->front().state, TCP_TIME_WAIT);
  EXPECT_EQ(endpoint_text(AF_INET, rows->front().far_address, rows->front().far_port),
            "127.0.0.2:40000");
}

TEST_F(ProcNet, ReadsIpv6AndUdp) {
  write("udp6",
        "  12: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 07 "
        "00000000:00000000 00:00000000 00000000     0        0 99 2 0000000000000000 0\n");
  const auto entries = read_proc_net(
      {AF_INET6, Protocol::udp, listening_states(Protocol::udp), Port::clamped(8080)}, folder_);
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 1);
  EXPECT_EQ(address_of(entries->front()), "::1");
  EXPECT_EQ(entries->front().near.protocol, Protocol::udp);
}

TEST_F(ProcNet, NamesFileAndLineThatItCannotRead) {
  write("tcp", "   0: nonsense\n");
  const auto entries = read_proc_net(tcp_listeners(AF_INET), folder_);
  ASSERT_FALSE(entries);
  EXPECT_NE(entries.error().message.find("tcp: cannot read \"   0: nonsense\""), std::string::npos)
      << entries.error().message;
}

TEST_F(ProcNet, WithoutAFileThereIsNoIpv6ButAnErrorForIpv4) {
  const auto v6 = read_proc_net(tcp_listeners(AF_INET6), folder_);
  ASSERT_TRUE(v6);
  EXPECT_TRUE(v6->empty());
  EXPECT_FALSE(read_proc_net(tcp_listeners(AF_INET), folder_));
}

class KernelsOwnFile : public testing::TestWithParam<const char*> {};

TEST_P(KernelsOwnFile, ListsAListener) {
  const std::string address = GetParam();
  const int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  if (family == AF_INET6 && !test::has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  const auto listener = test::listen_on(address, test::free_port());
  const auto entries = read_proc_net(
      {family, Protocol::tcp, listening_states(Protocol::tcp), Port::clamped(listener.port())});
  ASSERT_TRUE(entries) << entries.error().message;
  // Another program may have the port on another address, and the kernel may tell a line twice when
  // its table changes while it is read.
  const auto found = std::find_if(entries->begin(), entries->end(), [&](const auto& entry) {
    return entry.near.inode == listener.inode();
  });
  ASSERT_NE(found, entries->end());
  EXPECT_EQ(address_of(*found), address);
}

INSTANTIATE_TEST_SUITE_P(Addresses, KernelsOwnFile, testing::Values("127.0.0.2", "::1", "::"));

}  // namespace
}  // namespace pm
