#include "cli/port_span.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

TEST(PortSpan, IsAPortOrTwo) {
  EXPECT_EQ(port_span_from("8050"), (PortSpan{8050, 8050}));
  EXPECT_EQ(port_span_from("8050-8059"), (PortSpan{8050, 8059}));
  EXPECT_EQ(port_span_from("1-65535"), (PortSpan{1, 65535}));
}

TEST(PortSpan, IsNothingElse) {
  for (const char* text : {"", "-", "8050-", "-8050", "8059-8050", "0", "65536", "8050x", "x8050",
                           " 8050", "8050 ", "+8050", "8050-8055-8059", "99999999999"}) {
    EXPECT_FALSE(port_span_from(text)) << text;
  }
}

TEST(PortSpan, NeighboursAreToldTogether) {
  EXPECT_EQ(spans_text({}), "");
  EXPECT_EQ(spans_text({8050}), "8050");
  EXPECT_EQ(spans_text({8050, 8051, 8053, 8060, 8061, 8062}), "8050-8051, 8053, 8060-8062");
}

TEST(WantedPort, IsAServiceAndAPort) {
  const auto wanted = wanted_port_from("billing-api=8042");
  ASSERT_TRUE(wanted);
  EXPECT_EQ(wanted->service_id, "billing-api");
  EXPECT_EQ(wanted->port, 8042);
  for (const char* text : {"", "=8042", "billing", "billing=", "billing=x", "billing=0"}) {
    EXPECT_FALSE(wanted_port_from(text)) << text;
  }
}

}  // namespace
}  // namespace pm
