#include "probe/raw_socket.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace pm {
namespace {

AddressWords words_of(int family, const char* text) {
  AddressWords words{};
  ::inet_pton(family, text, words.data());
  return words;
}

TEST(RawSocket, WritesAddressesAsPeopleDo) {
  EXPECT_EQ(address_text(AF_INET, words_of(AF_INET, "127.0.0.1")), "127.0.0.1");
  EXPECT_EQ(address_text(AF_INET, words_of(AF_INET, "0.0.0.0")), "0.0.0.0");
  EXPECT_EQ(address_text(AF_INET6, words_of(AF_INET6, "::")), "::");
  EXPECT_EQ(address_text(AF_INET6, words_of(AF_INET6, "2001:db8::1")), "2001:db8::1");
}

TEST(RawSocket, WritesAnIpv4MappedAddressAsIpv4) {
  EXPECT_EQ(address_text(AF_INET6, words_of(AF_INET6, "::ffff:192.0.2.7")), "192.0.2.7");
}

TEST(RawSocket, WritesEndpointsWithThePort) {
  EXPECT_EQ(endpoint_text(AF_INET, words_of(AF_INET, "10.0.0.7"), 443), "10.0.0.7:443");
  EXPECT_EQ(endpoint_text(AF_INET6, words_of(AF_INET6, "::1"), 443), "[::1]:443");
  EXPECT_EQ(endpoint_text(AF_INET6, words_of(AF_INET6, "::ffff:192.0.2.7"), 443), "192.0.2.7:443");
  EXPECT_EQ(endpoint_text(AF_INET, {}, 0), "0.0.0.0:*");
}

TEST(RawSocket, IsEqualWhenEveryFieldIs) {
  const RawSocket socket{
      .address = words_of(AF_INET, "10.0.0.7"), .inode = 1, .uid = 2, .port = 3, .family = AF_INET};
  RawSocket other = socket;
  EXPECT_EQ(socket, other);
  other.address[3] = 1;
  EXPECT_NE(socket, other);
  other = socket;
  other.v6_only = true;
  EXPECT_NE(socket, other);
}

}  // namespace
}  // namespace pm
