#include "domain/port_range.h"

#include <gtest/gtest.h>

#include "domain/domain_support.h"

namespace pm {
namespace {

using test::port;
using test::refused;

TEST(PortRange, BothEndsAreInside) {
  const auto range = PortRange::from("web", 8000, 8009);
  ASSERT_TRUE(range);
  EXPECT_EQ(range->name, "web");
  EXPECT_EQ(range->size(), 10);
  EXPECT_EQ(range->text(), "8000-8009");
  EXPECT_TRUE(range->contains(port(8000)));
  EXPECT_TRUE(range->contains(port(8009)));
  EXPECT_FALSE(range->contains(port(7999)));
  EXPECT_FALSE(range->contains(port(8010)));
}

TEST(PortRange, OnePortAndAllPorts) {
  EXPECT_EQ(PortRange::from("one", 8000, 8000)->size(), 1);
  EXPECT_EQ(PortRange::from("all", 1024, 65535)->size(), 64512);
}

TEST(PortRange, RefusesWhatIsNoRange) {
  EXPECT_TRUE(refused(PortRange::from("web", 8001, 8000), ErrorCode::out_of_bounds, "range",
                      {"8001-8000", "lower port first"}));
  EXPECT_TRUE(refused(PortRange::from("web", 1023, 8000), ErrorCode::out_of_bounds, "range",
                      {"range is 1023"}));
  EXPECT_TRUE(refused(PortRange::from("web", 8000, 65536), ErrorCode::out_of_bounds, "range",
                      {"range is 65536"}));
}

TEST(PortRange, Parses) {
  const auto range = PortRange::parse("8000-8009");
  ASSERT_TRUE(range);
  EXPECT_EQ(*range, (PortRange{"8000-8009", port(8000), port(8009)}));
  EXPECT_EQ(PortRange::parse("8000-8000")->size(), 1);
}

TEST(PortRange, RefusesTextThatIsNone) {
  for (const auto* text :
       {"", "-", "8000", "8000-", "-8009", "web", "8000-8009-8010", " 8000-8009", "8000-8009 ",
        "8000 - 8009", "+8000-8009", "8000..8009", "0x1f40-8009", "8000-99999999999999999999"}) {
    EXPECT_TRUE(refused(PortRange::parse(text), ErrorCode::out_of_bounds, "range",
                        {'"' + std::string(text) + '"'}))
        << text;
  }
  for (const auto* text : {"8009-8000", "80-8000", "8000-65536", "8000--8009"}) {
    EXPECT_TRUE(refused(PortRange::parse(text), ErrorCode::out_of_bounds, "range", {})) << text;
  }
}

}  // namespace
}  // namespace pm
