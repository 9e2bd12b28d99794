#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "app/port_manager.h"
#include "app/world.h"

namespace pm::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HeldReservationTest : public testing::Test, public World {
 protected:
  static PortManager::ReserveCommand held(int lo, int hi, const std::string& service_id = {}) {
    PortManager::ReserveCommand wanted;
    wanted.lo = Port::clamped(lo);
    wanted.hi = Port::clamped(hi);
    wanted.reason = "for later";
    wanted.hold = true;
    wanted.service_id = service_id;
    return wanted;
  }
  static PortManager::ReserveCommand held_any(int lo, int hi) {
    auto wanted = held(lo, lo);
    wanted.any_of = PortRange{"", Port::clamped(lo), Port::clamped(hi)};
    return wanted;
  }
  Expected<PortManager::Assigned> assign(const std::string& service_id, int port = 0) {
    PortManager::AssignCommand wanted;
    wanted.service_id = service_id;
    if (port != 0) wanted.port = Port::clamped(port);
    return ports.assign(context, wanted);
  }
  int given(const std::string& service_id, int port = 0) {
    const auto assigned = assign(service_id, port);
    EXPECT_TRUE(assigned) << assigned.error().message;
    return assigned ? assigned->assignment.key.port.value() : 0;
  }
  ErrorCode refusal_of(const PortManager::ReserveCommand& wanted) {
    const auto revision = store.snapshot()->revision();
    const auto kept = probe.held();
    const auto reserved = ports.reserve(context, wanted);
    EXPECT_FALSE(reserved);
    EXPECT_EQ(store.snapshot()->revision(), revision);
    EXPECT_EQ(probe.held(), kept);
    return reserved ? ErrorCode::internal : reserved.error().code;
  }
};

TEST_F(HeldReservationTest, KeepsASpanBound) {
  const auto reserved = ports.reserve(context, held(8020, 8022, "kite"));
  ASSERT_TRUE(reserved);
  EXPECT_EQ(reserved->lo, Port::clamped(8020));
  EXPECT_EQ(reserved->hi, Port::clamped(8022));
  EXPECT_EQ(reserved->revision, store.snapshot()->revision());
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8020), tcp(8021), tcp(8022)));
  EXPECT_TRUE(ports.holds(tcp(8021)));
  EXPECT_FALSE(ports.holds(tcp(8023)));
  const auto* reservation = store.snapshot()->reservation(tcp(8021));
  ASSERT_TRUE(reservation);
  EXPECT_TRUE(reservation->hold);
  EXPECT_EQ(reservation->service_id, "kite");
  EXPECT_FALSE(ports.availability(tcp(8021)).available);
}

TEST_F(HeldReservationTest, WithoutHoldNothingIsBound) {
  auto wanted = held(8020, 8020);
  wanted.hold = false;
  ASSERT_TRUE(ports.reserve(context, wanted));
  EXPECT_THAT(probe.held(), IsEmpty());
}

TEST_F(HeldReservationTest, ChoosesTheLowestFreePortOfTheRange) {
  have("kite", 8020);
  reserve(8021);
  probe.occupy(8022);
  const auto reserved = ports.reserve(context, held_any(8020, 8030));
  ASSERT_TRUE(reserved);
  EXPECT_EQ(reserved->lo, Port::clamped(8023));
  EXPECT_EQ(reserved->hi, Port::clamped(8023));
  EXPECT_EQ(ports.reserve(context, held_any(8020, 8030))->lo, Port::clamped(8024));
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8023), tcp(8024)));
}

TEST_F(HeldReservationTest, ChoosesWithoutHoldToo) {
  auto wanted = held_any(8020, 8021);
  wanted.hold = false;
  EXPECT_EQ(ports.reserve(context, wanted)->lo, Port::clamped(8020));
  EXPECT_EQ(ports.reserve(context, wanted)->lo, Port::clamped(8021));
  EXPECT_EQ(ports.reserve(context, wanted).error().code, ErrorCode::range_full);
}

TEST_F(HeldReservationTest, APortThatSomebodyTakesMeanwhileIsPassedOver) {
  probe.watch([this](const PortKey& key) {
    if (key == tcp(8020)) have("quick", 8020);
  });
  EXPECT_EQ(ports.reserve(context, held_any(8020, 8030))->lo, Port::clamped(8021));
}

TEST_F(HeldReservationTest, WhatCanBeBoundForAMomentAndNotForLongEndsTheSearchToo) {
  probe.fail_hold(Error{ErrorCode::port_in_use, "It is in use.", "port"});
  const auto refused = ports.reserve(context, held_any(8020, 8030));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::range_full);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("11 in use by other processes"));
}

TEST_F(HeldReservationTest, OfTwoCallersForOnePortOneGetsIt) {
  ASSERT_TRUE(ports.reserve(context, held(8020, 8020)));
  EXPECT_EQ(refusal_of(held(8019, 8021)), ErrorCode::port_reserved);
  EXPECT_EQ(refusal_of(held(8020, 8020, "kite")), ErrorCode::port_reserved);
}

TEST_F(HeldReservationTest, OfManyCallersAtOnceOneGetsIt) {
  std::atomic<int> given_to{0};
  {
    std::vector<std::jthread> callers;
    callers.reserve(4);
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&] {
        const auto reserved = ports.reserve(context, held(8020, 8020));
        given_to += reserved ? 1 : 0;
        EXPECT_TRUE(reserved || reserved.error().code == ErrorCode::port_reserved);
      });
    }
  }
  EXPECT_EQ(given_to, 1);
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8020)));
}

TEST_F(HeldReservationTest, TheSameServiceMayRenewIt) {
  ASSERT_TRUE(ports.reserve(context, held(8020, 8020, "kite")));
  auto renewal = held(8020, 8020, "kite");
  renewal.expires_in = std::chrono::seconds(60);
  ASSERT_TRUE(ports.reserve(context, renewal));
  EXPECT_EQ(store.snapshot()->reservation(tcp(8020))->expires_at,
            ManualClock::start + std::chrono::seconds(60));
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8020)));
}

TEST_F(HeldReservationTest, WhatIsTakenCannotBeHeld) {
  have("kite", 8020);
  have("wren", 8030);
  begin("wren", 8021);
  probe.occupy(8022, "nginx", 7);
  EXPECT_EQ(refusal_of(held(8020, 8020)), ErrorCode::port_taken);
  EXPECT_EQ(refusal_of(held(8021, 8021)), ErrorCode::move_in_progress);
  EXPECT_EQ(refusal_of(held(8022, 8022)), ErrorCode::port_in_use);
  EXPECT_EQ(refusal_of(held(8019, 8022)), ErrorCode::port_taken);
  auto elsewhere = held(8040, 8040);
  elsewhere.host = "10.0.0.7";
  EXPECT_EQ(refusal_of(elsewhere), ErrorCode::not_implemented);
}

TEST_F(HeldReservationTest, SoManyAndNoMoreAtOnce) {
  const int lo = 20'000;
  EXPECT_EQ(refusal_of(held(lo, lo + PortManager::longest_hold)), ErrorCode::out_of_bounds);
  EXPECT_TRUE(ports.reserve(context, held(lo, lo + PortManager::longest_hold - 1)));
  EXPECT_EQ(probe.held().size(), std::size_t{PortManager::longest_hold});
}

TEST_F(HeldReservationTest, WithoutTheRecordNothingStaysBound) {
  store.fail_commit(1);
  EXPECT_EQ(refusal_of(held(8020, 8021)), ErrorCode::storage_full);
  EXPECT_THAT(probe.held(), IsEmpty());
}

TEST_F(HeldReservationTest, WhoIsGivenThePortCanBindIt) {
  ASSERT_TRUE(ports.reserve(context, held(8020, 8021, "kite")));
  EXPECT_EQ(assign("wren", 8020).error().code, ErrorCode::port_reserved);
  EXPECT_EQ(given("kite", 8020), 8020);
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8021)));
  EXPECT_FALSE(store.snapshot()->reservation(tcp(8020)));
  EXPECT_TRUE(store.snapshot()->open_conflicts().empty());
}

TEST_F(HeldReservationTest, OneForNobodyInParticularIsForWhoNamesThePort) {
  ASSERT_TRUE(ports.reserve(context, held(8000, 8000)));
  EXPECT_EQ(given("wren"), 8001) << "who names none does not get it";
  EXPECT_EQ(given("kite", 8000), 8000);
  EXPECT_THAT(probe.held(), IsEmpty());
}

TEST_F(HeldReservationTest, AnAssignmentThatFailsLeavesItHeld) {
  ASSERT_TRUE(ports.reserve(context, held(8020, 8020, "kite")));
  store.fail_commit(1);
  EXPECT_EQ(assign("kite", 8020).error().code, ErrorCode::storage_full);
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8020)));
}

TEST_F(HeldReservationTest, TakenBackItIsLetGo) {
  ASSERT_TRUE(ports.reserve(context, held(8020, 8020)));
  ASSERT_TRUE(ports.unreserve(context, tcp(8020)));
  EXPECT_THAT(probe.held(), IsEmpty());
  EXPECT_EQ(given("kite", 8020), 8020);
}

}  // namespace
}  // namespace pm::test
