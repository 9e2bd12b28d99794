#include "app/auto_resolver.h"

#include <gmock/gmock.h>

#include "app/world.h"

namespace pm::test {
namespace {

class AutoResolverTest : public testing::Test, public World {
 protected:
  static std::size_t run(AutoResolver& unasked) {
    const auto done = unasked.run_once();
    EXPECT_TRUE(done) << done.error().message;
    return done ? done->size() : 0;
  }

  AutoResolver all{store, resolver, clock, ConflictResolver::Scope::all};
  AutoResolver duplicates{store, resolver, clock, ConflictResolver::Scope::duplicates};
};

TEST_F(AutoResolverTest, ResolvesWhatIsOpenAndSaysThatNobodyAsked) {
  have("kite", 8000);
  have("wren", 8000);
  EXPECT_EQ(run(all), 1U);
  EXPECT_EQ(port_of("wren"), 8001);
  EXPECT_EQ(last_move().context.actor, "itechsmart-port-manager");
  EXPECT_THAT(last_move().context.reason, testing::StartsWith("Resolved unasked."));
  EXPECT_EQ(run(all), 0U);
}

TEST_F(AutoResolverTest, WithoutConflictsTheKernelIsNotLookedAt) {
  have("kite", 8000);
  EXPECT_EQ(run(all), 0U);
  EXPECT_EQ(probe.scans(), 0U);
}

TEST_F(AutoResolverTest, ItsScopeIsKept) {
  have("kite", 9500);
  EXPECT_EQ(run(duplicates), 0U);
  EXPECT_EQ(probe.scans(), 0U);
  EXPECT_EQ(run(all), 1U);
}

TEST_F(AutoResolverTest, OneThatFailedIsLeftInPeaceForAWhile) {
  have("kite", 8000);
  run_service("kite", 8000, 1, {OnUpdate::refuse});
  reserve(8000);
  EXPECT_EQ(run(all), 1U);
  EXPECT_EQ(client.updates().size(), 1U);
  clock.advance(AutoResolver::patience - std::chrono::milliseconds(1));
  EXPECT_EQ(run(all), 0U);
  EXPECT_EQ(client.updates().size(), 1U);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(run(all), 1U);
  EXPECT_EQ(client.updates().size(), 2U);
}

TEST_F(AutoResolverTest, WhatNobodyCanResolveIsNotTried) {
  have("kite", 8050);
  probe.set_ephemeral(*EphemeralPorts::from("8040\t8060", ""));
  ASSERT_TRUE(watch.settle());
  ASSERT_EQ(store.snapshot()->open_conflicts().size(), 1U);
  const auto scans = probe.scans();
  EXPECT_EQ(run(all), 0U);
  EXPECT_EQ(probe.scans(), scans);
}

TEST_F(AutoResolverTest, AFailureToLookIsTold) {
  have("kite", 8000);
  have("wren", 8000);
  probe.fail_scan(Error{ErrorCode::internal, "netlink is refused", {}});
  EXPECT_EQ(all.run_once().error().message, "netlink is refused");
}

}  // namespace
}  // namespace pm::test
