#include "app/port_finder.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <barrier>
#include <thread>

#include "app/world.h"

namespace pm::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

PortRange range(int lo, int hi) {
  return {"", Port::clamped(lo), Port::clamped(hi)};
}

Expected<PortFinder::Hold> take(World& world, const std::vector<PortRange>& ranges) {
  return world.finder.take(std::string(local_host), Protocol::tcp, ranges);
}

TEST(PortFinder, TakesTheLowestFreePort) {
  World world;
  world.have("kite", 8000);
  world.reserve(8001);
  world.have("wren", 8003);
  EXPECT_EQ(take(world, {range(8000, 8009)})->port().value(), 8002);
}

TEST(PortFinder, PassesOverWhatAMoveClaims) {
  World world;
  world.have("kite", 8001);
  world.begin("kite", 8000);
  EXPECT_EQ(take(world, {range(8000, 8009)})->port().value(), 8002);
}

TEST(PortFinder, PassesOverWhatTheKernelRefuses) {
  World world;
  world.probe.occupy(8000);
  world.probe.occupy(8002);
  const auto first = take(world, {range(8000, 8009)});
  EXPECT_EQ(first->port().value(), 8001);
  EXPECT_EQ(take(world, {range(8000, 8009)})->port().value(), 8003);
}

TEST(PortFinder, WhatTheKernelRefusedIsNotHeld) {
  World world;
  world.probe.occupy(8000);
  const auto hold = take(world, {range(8000, 8009)});
  const auto asked = world.probe.asked().size();
  take(world, {range(8000, 8009)});
  // 8000 again, then past the one that is held.
  EXPECT_EQ(world.probe.asked().size(), asked + 2);
}

TEST(PortFinder, AHostWhoseKernelIsOutOfSightIsTakenFromTheRegistryAlone) {
  World world;
  world.probe.occupy(8000);
  world.have("kite", 8001);
  const auto hold = world.finder.take("10.0.0.1", Protocol::tcp, {range(8000, 8009)});
  EXPECT_EQ(hold->port().value(), 8000);
}

TEST(PortFinder, ProtocolsAndHostsDoNotShareHolds) {
  World world;
  const auto tcp_hold = take(world, {range(8000, 8000)});
  const auto udp_hold =
      world.finder.take(std::string(local_host), Protocol::udp, {range(8000, 8000)});
  const auto far_hold = world.finder.take("10.0.0.1", Protocol::tcp, {range(8000, 8000)});
  EXPECT_TRUE(tcp_hold);
  EXPECT_TRUE(udp_hold);
  EXPECT_TRUE(far_hold);
}

TEST(PortFinder, AHoldEndsWithItsOwner) {
  World world;
  {
    auto hold = take(world, {range(8000, 8000)});
    ASSERT_TRUE(hold);
    const PortFinder::Hold moved = std::move(*hold);
    EXPECT_FALSE(take(world, {range(8000, 8000)}));
  }
  EXPECT_TRUE(take(world, {range(8000, 8000)}));
}

TEST(PortFinder, GoesToTheNextRangeWhenOneIsFull) {
  World world;
  world.have("kite", 8010);
  EXPECT_EQ(take(world, {range(8010, 8010), range(8000, 8099)})->port().value(), 8000);
}

TEST(PortFinder, AFullRangeCountsWhoHasIt) {
  World world;
  world.have("kite", 8000);
  world.have("wren", 8001);
  world.reserve(8002);
  world.probe.occupy(8003);
  const auto hold = take(world, {range(8000, 8003)});
  ASSERT_FALSE(hold);
  EXPECT_EQ(hold.error().code, ErrorCode::range_full);
  EXPECT_EQ(hold.error().field, "range");
  EXPECT_THAT(hold.error().message, HasSubstr("No port from 8000-8003 is free: of 4 ports 2 are "
                                              "assigned, 1 reserved and 1 in use"));
}

TEST(PortFinder, ThreadsNeverHoldTheSamePort) {
  constexpr std::size_t threads = 4;
  constexpr std::size_t each = 20;
  World world;
  std::vector<std::vector<PortFinder::Hold>> holds(threads);
  std::barrier start(threads);
  {
    std::vector<std::jthread> takers;
    for (auto& mine : holds) {
      takers.emplace_back([&] {
        start.arrive_and_wait();
        for (std::size_t i = 0; i < each; ++i) {
          auto hold = take(world, {range(8000, 8099)});
          if (hold) mine.push_back(std::move(*hold));
        }
      });
    }
  }
  std::set<Port> ports;
  for (const auto& mine : holds) {
    EXPECT_EQ(mine.size(), each);
    for (const auto& hold : mine) {
      EXPECT_TRUE(ports.insert(hold.port()).second) << hold.port().value() << " is held twice";
    }
  }
  EXPECT_EQ(ports.size(), threads * each);
}

TEST(PortFinder, ThreadsThatAssignWhatTheyHoldNeverMeet) {
  World world;
  {
    std::vector<std::jthread> takers;
    for (int taker = 0; taker < 4; ++taker) {
      takers.emplace_back([&world, taker] {
        for (int i = 0; i < 20; ++i) {
          auto hold = take(world, {range(8000, 8099)});
          const AssignRequest request{std::to_string(taker) + "-" + std::to_string(i), hold->key(),
                                      false};
          const auto committed =
              world.store.commit(world.context, [&](Draft& draft) -> Expected<void> {
                const auto assigned = assign(draft, request);
                if (!assigned) return tl::unexpected(assigned.error());
                return {};
              });
          EXPECT_TRUE(committed);
        }
      });
    }
  }
  EXPECT_EQ(world.store.snapshot()->assignments().size(), 80U);
  EXPECT_TRUE(world.store.snapshot()->open_conflicts().empty());
}

TEST(PortFinder, ListsWithoutHolding) {
  World world;
  world.have("kite", 8001);
  world.probe.occupy(8002);
  const auto list = [&](std::size_t count) {
    return world.finder.list(std::string(local_host), Protocol::tcp, range(8000, 8004), count);
  };
  EXPECT_THAT(list(2), ElementsAre(Port::clamped(8000), Port::clamped(8003)));
  EXPECT_THAT(list(9), ElementsAre(Port::clamped(8000), Port::clamped(8003), Port::clamped(8004)));
  EXPECT_THAT(list(0), IsEmpty());
}

TEST(PortFinder, AServicesOwnCategoryGoesBeforeTheSuite) {
  World world;
  Service service;
  service.service_id = "kite";
  service.category = "foundation";
  world.put_service(service);
  service.service_id = "wren";
  service.category = "nobody knows this one";
  world.put_service(service);
  const auto registry = world.store.snapshot();
  const auto& suite = registry->config().range;
  EXPECT_THAT(PortFinder::ranges_for(*registry, "kite"),
              ElementsAre(registry->config().categories.front(), suite));
  EXPECT_THAT(PortFinder::ranges_for(*registry, "wren"), ElementsAre(suite));
  EXPECT_THAT(PortFinder::ranges_for(*registry, "nobody"), ElementsAre(suite));
}

class PortFinderRestTest : public testing::Test, public World {
 protected:
  int next() {
    const auto hold = take(*this, {range(8000, 8009)});
    return hold ? hold->port().value() : 0;
  }
};

TEST_F(PortFinderRestTest, APortThatWasGivenUpRestsForAMinute) {
  have("kite", 8000);
  ASSERT_TRUE(ports.release(context, "kite"));
  EXPECT_EQ(next(), 8001);
  EXPECT_EQ(finder.list(std::string(local_host), Protocol::tcp, range(8000, 8009), 1).front(),
            Port::clamped(8001));
  clock.advance(std::chrono::milliseconds(59'999));
  EXPECT_EQ(next(), 8001);
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(next(), 8000);
}

TEST_F(PortFinderRestTest, AClockThatIsSetBackKeepsNoPortResting) {
  have("kite", 8000);
  context.at = ManualClock::start + std::chrono::hours(1);
  ASSERT_TRUE(ports.release(context, "kite"));
  EXPECT_EQ(next(), 8000);
}

TEST_F(PortFinderRestTest, APortThatWasMovedAwayFromRestsToo) {
  have("kite", 8000);
  ASSERT_TRUE(saga.reassign(context, {"kite", Port::clamped(8005), false, false}));
  EXPECT_EQ(next(), 8001);
  clock.advance(std::chrono::seconds(60));
  EXPECT_EQ(next(), 8000);
}

TEST_F(PortFinderRestTest, ItRestsOnItsOwnHostOnly) {
  have("kite", 8000);
  ASSERT_TRUE(ports.release(context, "kite"));
  const auto elsewhere = finder.take("10.0.0.7", Protocol::tcp, {range(8000, 8009)});
  EXPECT_EQ(elsewhere->port().value(), 8000);
  const auto udp = finder.take(std::string(local_host), Protocol::udp, {range(8000, 8009)});
  EXPECT_EQ(udp->port().value(), 8000);
}

TEST_F(PortFinderRestTest, HowLongItRestsIsConfigured) {
  PortFinder restless(store, probe, clock, {.cooldown = std::chrono::seconds(0)});
  have("kite", 8000);
  ASSERT_TRUE(ports.release(context, "kite"));
  const auto hold = restless.take(std::string(local_host), Protocol::tcp, {range(8000, 8009)});
  EXPECT_EQ(hold->port().value(), 8000);
}

TEST_F(PortFinderRestTest, PassesOverWhatTheKernelMayGiveAway) {
  probe.set_ephemeral(*EphemeralPorts::from("8000\t8003", "8002"));
  EXPECT_EQ(next(), 8002);
  EXPECT_THAT(finder.list(std::string(local_host), Protocol::tcp, range(8000, 8009), 2),
              ElementsAre(Port::clamped(8002), Port::clamped(8004)));
  const auto elsewhere = finder.take("10.0.0.7", Protocol::tcp, {range(8000, 8009)});
  EXPECT_EQ(elsewhere->port().value(), 8000) << "another kernel has its own range";
}

TEST_F(PortFinderRestTest, AFullRangeCountsWhatRestsAndWhatTheKernelHas) {
  have("kite", 8000);
  have("wren", 8001);
  ASSERT_TRUE(ports.release(context, "wren"));
  probe.set_ephemeral(*EphemeralPorts::from("8002\t8004", ""));
  probe.occupy(8005);
  const auto hold = take(*this, {range(8000, 8005)});
  ASSERT_FALSE(hold);
  EXPECT_EQ(hold.error().code, ErrorCode::range_full);
  EXPECT_THAT(hold.error().message,
              testing::AllOf(HasSubstr("of 6 ports 1 are assigned, 0 reserved and 1 in use"),
                             HasSubstr("1 were given up less than 60 s ago and rest"),
                             HasSubstr("3 are in ip_local_port_range")));
}

}  // namespace
}  // namespace pm::test
