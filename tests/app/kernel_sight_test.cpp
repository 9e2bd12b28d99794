#include "app/kernel_sight.h"

#include <gtest/gtest.h>

#include "app/world.h"

namespace pm::test {
namespace {

TEST(KernelSight, AServiceIsOnThePortsOnWhichItListens) {
  KernelSight sight;
  for (const int port : {8000, 8001}) {
    sight.of_service["kite"].push_back(
        std::make_shared<const Listener>(World::listener("kite", port, 7)));
  }
  EXPECT_TRUE(sight.is_on("kite", tcp(8000)));
  EXPECT_TRUE(sight.is_on("kite", tcp(8001)));
  EXPECT_FALSE(sight.is_on("kite", tcp(8002)));
  EXPECT_FALSE(sight.is_on("wren", tcp(8000)));
}

TEST(KernelSight, OnTheSamePortOfAnotherProtocolOrHostItIsNot) {
  KernelSight sight;
  sight.of_service["kite"] = {std::make_shared<const Listener>(World::listener("kite", 8000, 7))};
  EXPECT_FALSE(sight.is_on("kite", {std::string(local_host), Protocol::udp, Port::clamped(8000)}));
  EXPECT_FALSE(sight.is_on("kite", {"10.0.0.7", Protocol::tcp, Port::clamped(8000)}));
}

TEST(KernelSight, BeforeTheFirstLookThereIsATableAndNobodyInIt) {
  EXPECT_TRUE(KernelSight().table->all().empty());
}

}  // namespace
}  // namespace pm::test
