#include "probe/socket_query.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

namespace pm {
namespace {

AddressWords words_of(int family, const char* text) {
  AddressWords words{};
  ::inet_pton(family, text, words.data());
  return words;
}

TEST(SocketQuery, WritesAddressesAsPeopleDo) {
  EXPECT_EQ(address_text(AF_INET, words_of(AF_INET, "127.0.0.1")), "127.0.0.1");
  EXPECT_EQ(address_text(AF_INET, words_of(AF_INET, "0.0.0.0")), "0.0.0.0");
  EXPECT_EQ(address_text(AF_INET6, words_of(AF_INET6, "::")), "::");
  EXPECT_EQ(address_text(AF_INET6, words_of(AF_INET6, "2001:db8::1")), "2001:db8::1");
}

TEST(SocketQuery, WritesAnIpv4MappedAddressAsIpv4) {
  EXPECT_EQ(address_text(AF_INET6, words_of(AF_INET6, "::ffff:192.0.2.7")), "192.0.2.7");
}

TEST(SocketQuery, WantsItsPortOrAllThatMayBeAssigned) {
  const SocketQuery one{AF_INET, Protocol::tcp, Port::clamped(8000)};
  EXPECT_TRUE(one.wants(8000));
  EXPECT_FALSE(one.wants(8001));
  const SocketQuery all{AF_INET, Protocol::tcp, std::nullopt};
  EXPECT_TRUE(all.wants(1024));
  EXPECT_FALSE(all.wants(1023));
}

}  // namespace
}  // namespace pm
