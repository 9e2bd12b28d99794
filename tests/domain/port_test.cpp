#include "domain/port.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <set>
#include <string>

#include "domain/domain_support.h"

namespace pm {
namespace {

using test::port;
using test::tcp;
using test::udp;

TEST(Port, Bounds) {
  for (const std::int64_t value : {1024, 1025, 8000, 65534, 65535}) {
    const auto made = Port::from(value);
    ASSERT_TRUE(made) << value;
    EXPECT_EQ(made->value(), value);
  }
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{80}, std::int64_t{1023},
        std::int64_t{65536}, std::int64_t{65536 + 8000}, (std::int64_t{1} << 32) + 8000,
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_TRUE(test::refused(Port::from(value, "new_port"), ErrorCode::out_of_bounds, "new_port",
                              {"new_port is " + std::to_string(value), "1024", "65535"}));
  }
}

TEST(Port, ClampedNeverLeavesTheBounds) {
  EXPECT_EQ(Port::clamped(std::numeric_limits<std::int64_t>::min()).value(), 1024);
  EXPECT_EQ(Port::clamped(1023).value(), 1024);
  EXPECT_EQ(Port::clamped(1025).value(), 1025);
  EXPECT_EQ(Port::clamped(65536).value(), 65535);
  EXPECT_EQ(Port::clamped((std::int64_t{1} << 32) + 8000).value(), 65535);
}

TEST(Port, OrderAndText) {
  EXPECT_LT(port(8000), port(8001));
  EXPECT_LT(port(9000), port(10000));
  EXPECT_EQ(to_string(port(8000)), "8000");
}

TEST(Protocol, Names) {
  EXPECT_STREQ(to_string(Protocol::tcp), "tcp");
  EXPECT_STREQ(to_string(Protocol::udp), "udp");
  EXPECT_EQ(protocol_from("tcp"), Protocol::tcp);
  EXPECT_EQ(protocol_from("udp"), Protocol::udp);
  for (const auto* wrong : {"", "TCP", "tcp ", "sctp", "tcp6"}) {
    EXPECT_TRUE(
        test::refused(protocol_from(wrong), ErrorCode::out_of_bounds, "protocol", {"tcp", "udp"}))
        << wrong;
  }
}

TEST(PortKey, DescribedWithoutWhatGoesWithoutSaying) {
  EXPECT_EQ(describe(tcp(8000)), "port 8000");
  EXPECT_EQ(describe(udp(8000)), "port 8000/udp");
  EXPECT_EQ(describe({"db.example", Protocol::tcp, port(8000)}), "port 8000 on db.example");
  EXPECT_EQ(describe({"db.example", Protocol::udp, port(8000)}), "port 8000/udp on db.example");
}

TEST(PortKey, LocalIsThisMachineAlone) {
  EXPECT_TRUE(is_local(tcp(8000)));
  EXPECT_TRUE(is_local(udp(8000)));
  EXPECT_FALSE(is_local({"db.example", Protocol::tcp, port(8000)}));
}

TEST(PortKey, HostProtocolAndPortTellKeysApart) {
  const std::set<PortKey> keys{tcp(8000), udp(8000), tcp(8001), test::tcp_on("db.example", 8000)};
  EXPECT_EQ(keys.size(), 4U);
}

/// A CowMap has 128 shards by the hash; keys that share one are copied together.
TEST(PortKey, HashSpreadsNeighbours) {
  std::set<std::size_t> shards;
  for (int value = 8000; value < 8128; ++value) shards.insert(PortKeyHash{}(tcp(value)) % 128);
  EXPECT_GE(shards.size(), 100U);
  EXPECT_EQ(PortKeyHash{}(tcp(8000)), PortKeyHash{}(tcp(8000)));
  EXPECT_NE(PortKeyHash{}(tcp(8000)), PortKeyHash{}(udp(8000)));
}

TEST(NormalizeHost, OwnAddressesAreOneHost) {
  for (const auto* own : {"", "localhost", "LocalHost", "127.0.0.1", "127.0.0.2", "127.255.255.254",
                          "::1", "[::1]", "::", "[::]", "0.0.0.0"}) {
    EXPECT_EQ(normalize_host(own), "127.0.0.1") << own;
  }
}

TEST(NormalizeHost, OthersAreKeptInLowerCase) {
  EXPECT_EQ(normalize_host("DB.Example"), "db.example");
  EXPECT_EQ(normalize_host("10.0.0.7"), "10.0.0.7");
  EXPECT_EQ(normalize_host("[FE80::1]"), "fe80::1");
  EXPECT_EQ(normalize_host("127.example.com"), "127.example.com");
  EXPECT_EQ(normalize_host("1270.0.0.1"), "1270.0.0.1");
  EXPECT_EQ(normalize_host("localhost.example"), "localhost.example");
  EXPECT_EQ(normalize_host("::2"), "::2");
}

TEST(NormalizeHost, AnAddressHasOneSpelling) {
  for (const auto* own : {"0:0:0:0:0:0:0:1", "::0001", "[::ffff:127.0.0.1]", "::ffff:7f00:1",
                          "0:0::0", "::ffff:0.0.0.0"}) {
    EXPECT_EQ(normalize_host(own), "127.0.0.1") << own;
  }
  EXPECT_EQ(normalize_host("FE80:0:0::0:1"), "fe80::1");
  EXPECT_EQ(normalize_host("::ffff:10.0.0.7"), "10.0.0.7");
  EXPECT_EQ(normalize_host("fe80::1%eth0"), "fe80::1%eth0");
}

TEST(HostFrom, NamesAndAddresses) {
  for (const auto& [text, host] : {std::pair("DB.Example", "db.example"),
                                   {"node-7_a", "node-7_a"},
                                   {"10.0.0.7", "10.0.0.7"},
                                   {"fe80::1", "fe80::1"},
                                   {"[FE80::1]", "fe80::1"},
                                   {"::ffff:10.0.0.7", "10.0.0.7"},
                                   {"localhost", "127.0.0.1"},
                                   {"[::1]", "127.0.0.1"},
                                   {"0.0.0.0", "127.0.0.1"}}) {
    const auto made = host_from(text);
    ASSERT_TRUE(made) << text;
    EXPECT_EQ(*made, host);
  }
  EXPECT_TRUE(host_from(std::string(253, 'a')));
}

TEST(HostFrom, RefusesWhatWouldSayMoreInAUrl) {
  for (const std::string text : {"",
                                 " ",
                                 "db example",
                                 "user@db",
                                 "db/path",
                                 "db?x",
                                 "db#x",
                                 "db\r\nx",
                                 "b\xC3\xBC.example",
                                 "db.example:8000",
                                 "10.0.0.7:8000",
                                 "cafe:8000",
                                 "[::1]:8000",
                                 "[fe80::1]:8000",
                                 "fe80::1%eth0",
                                 "1:2:3",
                                 "[",
                                 "[]",
                                 "::1 ",
                                 "http://db"}) {
    EXPECT_TRUE(test::refused(host_from(text), ErrorCode::out_of_bounds, "host", {"host"})) << text;
  }
  EXPECT_FALSE(host_from(std::string(254, 'a')));
  EXPECT_FALSE(host_from(std::string("db\0x", 4)));
  EXPECT_FALSE(host_from(std::string("fe80::1\0x", 9)));
}

}  // namespace
}  // namespace pm
