#include "domain/ephemeral_ports.h"

#include <gtest/gtest.h>

#include <random>

#include "domain/domain_support.h"

namespace pm {
namespace {

using std::string;
using test::port;
using test::refused;

constexpr const char* usual = "32768\t60999\n";

EphemeralPorts ports_of(const string& range, const string& reserved) {
  auto ports = EphemeralPorts::from(range, reserved);
  EXPECT_TRUE(ports) << ports.error().message;
  return ports.value_or(EphemeralPorts());
}

int count(const PortBitmap& ports) {
  return ports.count(port(Port::lowest), port(Port::highest));
}

TEST(EphemeralPorts, WithoutSettingsThereAreNone) {
  const EphemeralPorts none;
  EXPECT_FALSE(none.range());
  EXPECT_EQ(count(none.reserved()), 0);
  for (int value = Port::lowest; value <= Port::highest; ++value) {
    ASSERT_FALSE(none.contains(port(value))) << value;
  }
}

TEST(EphemeralPorts, TheRangeWithBothItsEnds) {
  const auto ports = ports_of(usual, "\n");
  EXPECT_FALSE(ports.contains(port(32767)));
  EXPECT_TRUE(ports.contains(port(32768)));
  EXPECT_TRUE(ports.contains(port(60999)));
  EXPECT_FALSE(ports.contains(port(61000)));
  ASSERT_TRUE(ports.range());
  EXPECT_EQ(ports.range()->text(), "32768-60999");
}

TEST(EphemeralPorts, ReservedOnesAreNotAmongThem) {
  const auto ports = ports_of(usual, "8000-8026,33000,40000-40002\n");
  EXPECT_FALSE(ports.contains(port(8000)));
  EXPECT_TRUE(ports.contains(port(32999)));
  EXPECT_FALSE(ports.contains(port(33000)));
  EXPECT_TRUE(ports.contains(port(33001)));
  EXPECT_TRUE(ports.contains(port(39999)));
  EXPECT_FALSE(ports.contains(port(40000)));
  EXPECT_FALSE(ports.contains(port(40002)));
  EXPECT_TRUE(ports.contains(port(40003)));
  EXPECT_TRUE(ports.reserved().test(port(8026)));
  EXPECT_FALSE(ports.reserved().test(port(8027)));
  EXPECT_EQ(count(ports.reserved()), 27 + 1 + 3);
}

TEST(EphemeralPorts, AnyBlankSeparatesTheEndsOfTheRange) {
  for (const auto* text : {"1024 65535", "1024\t65535", " 1024 \t 65535 \n", "1024\n65535"}) {
    const auto ports = ports_of(text, "");
    ASSERT_TRUE(ports.range()) << text;
    EXPECT_EQ(ports.range()->text(), "1024-65535") << text;
  }
  EXPECT_EQ(ports_of("5000 5000", "").range()->size(), 1);
}

TEST(EphemeralPorts, WhatIsBelow1024IsLeftOut) {
  const auto ports = ports_of("15\t2000", "0,80,443-1025,1100\n");
  ASSERT_TRUE(ports.range());
  EXPECT_EQ(ports.range()->text(), "1024-2000");
  EXPECT_EQ(count(ports.reserved()), 3);
  EXPECT_FALSE(ports.contains(port(1025)));
  EXPECT_TRUE(ports.contains(port(1026)));
  EXPECT_FALSE(ports.contains(port(1100)));
  EXPECT_FALSE(ports_of("1\t1023", "").range());
  EXPECT_EQ(ports_of("1\t1024", "").range()->text(), "1024-1024");
}

TEST(EphemeralPorts, ARangeOfAnotherFormIsRefused) {
  for (const auto* text :
       {"", "\n", "32768", "32768-60999", "32768 60999 1", "32768,60999", "60999 32768", "-1 2000",
        "+1 2000", "1024 65536", "a b", "0x400 2000", "1024 2000x", "99999999999999999999 1"}) {
    EXPECT_TRUE(refused(EphemeralPorts::from(text, ""), ErrorCode::invalid_shape,
                        "ip_local_port_range", {"ip_local_port_range", "32768 60999"}))
        << '"' << text << '"';
  }
}

TEST(EphemeralPorts, AListOfAnotherFormIsRefused) {
  for (const auto* text :
       {",", "8000,", ",8000", "8000,,8001", "8000-", "-8000", "8001-8000", "8000-8001-8002",
        "8000 8001", "65536", "8000-65536", "x", "8000;8001", "8000, 8001", "8000 -8001"}) {
    EXPECT_TRUE(refused(EphemeralPorts::from(usual, text), ErrorCode::invalid_shape,
                        "ip_local_reserved_ports", {"ip_local_reserved_ports", "8000-8026,8100"}))
        << '"' << text << '"';
  }
}

TEST(ReservedPortsText, IsTheKernelsForm) {
  PortBitmap ports;
  EXPECT_EQ(reserved_ports_text(ports), "");
  ports.set(port(8100));
  EXPECT_EQ(reserved_ports_text(ports), "8100");
  for (int value = 8000; value <= 8026; ++value) ports.set(port(value));
  EXPECT_EQ(reserved_ports_text(ports), "8000-8026,8100");
  ports.set(port(8101));
  ports.set(port(Port::lowest));
  ports.set(port(Port::highest));
  EXPECT_EQ(reserved_ports_text(ports), "1024,8000-8026,8100-8101,65535");
  ports.set(port(Port::highest - 1));
  EXPECT_EQ(reserved_ports_text(ports), "1024,8000-8026,8100-8101,65534-65535");
}

TEST(ReservedPortsText, AllPortsAreOneSpan) {
  PortBitmap ports;
  for (int value = Port::lowest; value <= Port::highest; ++value) ports.set(port(value));
  EXPECT_EQ(reserved_ports_text(ports), "1024-65535");
}

TEST(ReservedPortsText, IsReadBackAsTheSamePorts) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&](int lo, int hi) { return std::uniform_int_distribution(lo, hi)(random); };
    PortBitmap ports;
    for (int spans = pick(0, 60); spans > 0; --spans) {
      const int lo = pick(Port::lowest, Port::highest);
      const int hi = std::min<int>(Port::highest, lo + (pick(0, 2) == 0 ? pick(0, 3000) : 0));
      for (int value = lo; value <= hi; ++value) ports.set(port(value));
    }
    const auto text = reserved_ports_text(ports);
    const auto read = ports_of("1024 65535", text + "\n");
    for (int value = Port::lowest; value <= Port::highest; ++value) {
      ASSERT_EQ(read.reserved().test(port(value)), ports.test(port(value)))
          << value << " of seed " << seed << ": " << text;
      ASSERT_NE(read.contains(port(value)), ports.test(port(value))) << value;
    }
    EXPECT_EQ(reserved_ports_text(read.reserved()), text);
  }
}

}  // namespace
}  // namespace pm
