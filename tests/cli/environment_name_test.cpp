#include "cli/environment_name.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

TEST(PortVariable, IsTheServicesIdInCapitals) {
  EXPECT_EQ(port_variable("billing"), "BILLING_PORT");
  EXPECT_EQ(port_variable("itechsmart-ninja"), "ITECHSMART_NINJA_PORT");
  EXPECT_EQ(port_variable("a.b_c-D9"), "A_B_C_D9_PORT");
  EXPECT_EQ(port_variable("3scale"), "_3SCALE_PORT");
}

}  // namespace
}  // namespace pm
