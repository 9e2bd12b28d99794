#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/assignment_rules.h"
#include "domain/domain_support.h"
#include "domain/move_rules.h"

namespace pm {
namespace {

using std::string;
using test::all_of;
using test::at_second;
using test::port;
using test::refused;
using test::Suite;
using test::tcp;
using test::udp;

Expected<void> hold(Suite& suite, int lo, int hi, const string& service_id = {},
                    std::optional<Timestamp> expires_at = std::nullopt) {
  return suite.commit([&](Draft& draft) {
    return reserve(draft, {.lo = port(lo),
                           .hi = port(hi),
                           .reason = "the release",
                           .expires_at = expires_at,
                           .hold = true,
                           .service_id = service_id});
  });
}

const Reservation* reservation(const Suite& suite, int value) {
  return suite.registry().reservation(tcp(value));
}

TEST(HoldPorts, IsWrittenDownWithWhomTheyAreFor) {
  Suite suite;
  ASSERT_TRUE(hold(suite, 8000, 8002, "a", at_second(60)));
  EXPECT_EQ(suite.registry().held_reservations(), 3);
  ASSERT_TRUE(reservation(suite, 8001));
  EXPECT_EQ(*reservation(suite, 8001),
            (Reservation{tcp(8001), "the release", at_second(60), 2, true, "a"}));
  EXPECT_FALSE(suite.registry().service("a")) << "it need not be registered yet";
}

TEST(HoldPorts, WhatIsAssignedCannotBeHeldForAnother) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8001)));
  EXPECT_TRUE(refused(hold(suite, 8000, 8002), ErrorCode::port_taken, "port",
                      {"Port 8001 is assigned to a", "GET /api/ports/available"}));
  EXPECT_EQ(suite.registry().held_reservations(), 0) << "all of the ports or none";
  EXPECT_TRUE(refused(hold(suite, 8001, 8001, "a"), ErrorCode::port_taken, "port", {"8001"}));
  EXPECT_TRUE(suite.commit([](Draft& draft) {
    return reserve(draft,
                   {.protocol = Protocol::udp, .lo = port(8001), .hi = port(8001), .hold = true});
  }));
  EXPECT_TRUE(suite.registry().reservation(udp(8001)));
}

TEST(HoldPorts, NeitherPortOfAMove) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.begin_move("a", 8001));
  EXPECT_TRUE(refused(hold(suite, 8000, 8000), ErrorCode::port_taken, "port", {"8000", "a"}));
  EXPECT_TRUE(refused(hold(suite, 8001, 8001), ErrorCode::move_in_progress, "",
                      {"move of a", "port 8000", "port 8001"}));
}

TEST(HoldPorts, WhatIsReservedIsNotHeldAndWhatIsHeldNotReserved) {
  Suite suite;
  ASSERT_TRUE(suite.reserve(8000, 8000, "the printer"));
  ASSERT_TRUE(hold(suite, 8001, 8001, "a"));
  EXPECT_TRUE(refused(hold(suite, 8000, 8000, "a"), ErrorCode::port_reserved, "port",
                      {"Port 8000 is reserved already (the printer)",
                       "DELETE /api/ports/reserve/8000", "GET /api/ports/available"}));
  EXPECT_TRUE(refused(suite.reserve(8001, 8001), ErrorCode::port_reserved, "port",
                      {"Port 8001 is reserved already for a (the release)"}));
  EXPECT_EQ(reservation(suite, 8000)->reason, "the printer");
  EXPECT_TRUE(reservation(suite, 8001)->hold);
}

TEST(HoldPorts, OfTwoCallersOneGetsThem) {
  Suite suite;
  ASSERT_TRUE(hold(suite, 8000, 8000));
  ASSERT_TRUE(hold(suite, 8001, 8001, "a"));
  EXPECT_TRUE(refused(hold(suite, 8000, 8000), ErrorCode::port_reserved, "port", {"8000"}))
      << "nobody in particular may be anybody";
  EXPECT_TRUE(refused(hold(suite, 8000, 8000, "a"), ErrorCode::port_reserved, "port", {"8000"}));
  EXPECT_TRUE(refused(hold(suite, 8001, 8001, "b"), ErrorCode::port_reserved, "port", {"for a"}));
  EXPECT_TRUE(refused(hold(suite, 8001, 8001), ErrorCode::port_reserved, "port", {"for a"}));
}

TEST(HoldPorts, TheSameServiceRenewsThem) {
  Suite suite;
  ASSERT_TRUE(hold(suite, 8000, 8001, "a", at_second(60)));
  const auto sequence = reservation(suite, 8000)->sequence;
  ASSERT_TRUE(hold(suite, 8000, 8001, "a", at_second(90)));
  EXPECT_EQ(reservation(suite, 8000)->expires_at, at_second(90));
  EXPECT_EQ(reservation(suite, 8000)->sequence, sequence);
  EXPECT_EQ(suite.registry().held_reservations(), 2);
  ASSERT_TRUE(hold(suite, 8000, 8001, "a", at_second(90)));
  EXPECT_TRUE(suite.last().empty());
}

TEST(HeldPort, GoesToTheServiceThatItIsKeptForAndEndsTheReservation) {
  Suite suite;
  ASSERT_TRUE(hold(suite, 8000, 8001, "a"));
  EXPECT_TRUE(refused(suite.assign("b", tcp(8000)), ErrorCode::port_reserved, "port",
                      {"Port 8000 is reserved for a (the release)"}));
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  EXPECT_FALSE(reservation(suite, 8000));
  EXPECT_EQ(all_of<RemoveReservation>(suite.last()).size(), 1U);
  EXPECT_EQ(suite.registry().held_reservations(), 1);
  EXPECT_TRUE(suite.registry().open_conflicts().empty());
}

TEST(HeldPort, OneForNobodyInParticularGoesToWhoNamesIt) {
  Suite suite;
  ASSERT_TRUE(hold(suite, 8000, 8000));
  ASSERT_TRUE(suite.assign("b", tcp(8000)));
  EXPECT_EQ(suite.registry().held_reservations(), 0);
  EXPECT_TRUE(suite.registry().open_conflicts().empty());
}

TEST(HeldPort, IsNotPermittedToNobody) {
  Suite suite;
  ASSERT_TRUE(hold(suite, 8000, 8000));
  ASSERT_TRUE(hold(suite, 8001, 8001, "a"));
  ASSERT_TRUE(suite.reserve(8002, 8002));
  const auto permitted = [&](int value, const string& service_id) {
    return check_permitted(suite.registry(), tcp(value), service_id).has_value();
  };
  EXPECT_FALSE(permitted(8000, ""));
  EXPECT_TRUE(permitted(8000, "a"));
  EXPECT_TRUE(permitted(8000, "b"));
  EXPECT_FALSE(permitted(8001, ""));
  EXPECT_TRUE(permitted(8001, "a"));
  EXPECT_FALSE(permitted(8001, "b"));
  EXPECT_FALSE(permitted(8002, "a")) << "what is not held is for nobody";
}

TEST(HeldPort, TakenByForceItStaysReservedForTheOther) {
  Suite suite;
  ASSERT_TRUE(hold(suite, 8000, 8000, "a"));
  ASSERT_TRUE(suite.assign("b", tcp(8000), true));
  ASSERT_TRUE(reservation(suite, 8000));
  EXPECT_TRUE(reservation(suite, 8000)->hold);
  ASSERT_EQ(suite.registry().open_conflicts().size(), 1U);
  EXPECT_EQ(suite.registry().open_conflicts().sorted().begin()->second.type,
            ConflictType::reserved_port);
}

TEST(HeldPort, AnAssignmentByForceDoesNotEndAReservationThatHoldsNothing) {
  Suite suite;
  ASSERT_TRUE(suite.reserve(8000, 8000));
  ASSERT_TRUE(suite.assign("a", tcp(8000), true));
  EXPECT_TRUE(reservation(suite, 8000));
}

TEST(HeldPort, IsMovedToByTheServiceThatItIsKeptFor) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.assign("b", tcp(8001)));
  ASSERT_TRUE(hold(suite, 8005, 8005, "a"));
  EXPECT_TRUE(refused(suite.begin_move("b", 8005), ErrorCode::port_reserved, "port", {"for a"}));
  const auto move = suite.begin_move("a", 8005);
  ASSERT_TRUE(move);
  EXPECT_TRUE(reservation(suite, 8005)) << "it may still be rolled back";
  ASSERT_TRUE(suite.commit_move(move->move_id));
  EXPECT_FALSE(reservation(suite, 8005));
  EXPECT_EQ(suite.registry().held_reservations(), 0);
  EXPECT_TRUE(suite.registry().open_conflicts().empty());
}

TEST(HeldPort, AMoveThatIsRolledBackLeavesItReserved) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(hold(suite, 8005, 8005, "a"));
  const auto move = suite.begin_move("a", 8005);
  ASSERT_TRUE(move);
  ASSERT_TRUE(suite.roll_back_move(move->move_id));
  ASSERT_TRUE(reservation(suite, 8005));
  EXPECT_EQ(reservation(suite, 8005)->service_id, "a");
}

TEST(HeldPort, IsFreeOnceItIsTakenBackOrItsTimeHasCome) {
  Suite suite;
  ASSERT_TRUE(hold(suite, 8000, 8000, "a"));
  ASSERT_TRUE(hold(suite, 8001, 8001, "a", at_second(60)));
  ASSERT_TRUE(suite.unreserve(tcp(8000)));
  EXPECT_EQ(suite.registry().held_reservations(), 1);
  ASSERT_TRUE(suite.commit([](Draft& draft) -> Expected<void> {
    expire_reservations(draft, at_second(60));
    return {};
  }));
  EXPECT_EQ(suite.registry().held_reservations(), 0);
  EXPECT_TRUE(suite.assign("b", tcp(8000)));
  EXPECT_TRUE(suite.assign("c", tcp(8001)));
}

}  // namespace
}  // namespace pm
