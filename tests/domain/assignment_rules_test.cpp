#include "domain/assignment_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/domain_support.h"

namespace pm {
namespace {

using std::string;
using test::all_of;
using test::at_second;
using test::port;
using test::refused;
using test::self;
using test::Suite;
using test::tcp;
using test::udp;
using testing::ElementsAre;
using testing::IsEmpty;

/// The one row of history that the last commit wrote.
HistoryEvent only_event(const Suite& suite) {
  const auto events = all_of<AppendHistory>(suite.last());
  EXPECT_EQ(events.size(), 1U);
  return events.empty() ? HistoryEvent() : events.front().event;
}

TEST(Assign, GivesThePortAndTellsEverybody) {
  Suite suite;
  const auto at = suite.context().at;
  const auto assigned = suite.assign("a", udp(8050));
  ASSERT_TRUE(assigned);
  EXPECT_EQ(*assigned, (Assignment{"a", udp(8050), false, 1, at}));
  EXPECT_EQ(*suite.registry().assignment("a"), *assigned);
  EXPECT_EQ(suite.last().action, "assign");
  const auto event = only_event(suite);
  EXPECT_EQ(event.service_id, "a");
  EXPECT_EQ(event.protocol, Protocol::udp);
  EXPECT_EQ(event.host, local_host);
  EXPECT_EQ(event.action, HistoryAction::assign);
  EXPECT_EQ(event.old_port, std::nullopt);
  EXPECT_EQ(event.new_port, port(8050));
  const auto told = all_of<AnnouncePortChange>(suite.last());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].old_port, std::nullopt);
  EXPECT_EQ(told[0].new_port, port(8050));
  EXPECT_THAT(suite.registry().held_ports("a"), ElementsAre(port(8050)));
}

TEST(Assign, RegistersANewServiceWithItsCategory) {
  Suite suite;
  const auto at = suite.context().at;
  ASSERT_TRUE(suite.assign("a", tcp(8050)));
  const auto* made = suite.registry().service("a");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->name, "a");
  EXPECT_EQ(made->category, "data");
  EXPECT_EQ(made->registered_at, at);
}

TEST(Assign, RegistersANewServiceOfAnotherMachineWithItsHost) {
  Suite suite;
  ASSERT_TRUE(suite.assign("here", tcp(8000)));
  ASSERT_TRUE(suite.assign("there", test::tcp_on("db.example", 8000)));
  EXPECT_EQ(suite.registry().service("here")->host, std::nullopt);
  EXPECT_EQ(suite.registry().service("there")->host, "db.example");
}

TEST(Assign, LeavesAKnownServiceAsItIs) {
  Suite suite;
  auto known = test::service("a");
  known.name = "Alpha";
  known.category = "mine";
  ASSERT_TRUE(suite.register_service(known));
  ASSERT_TRUE(suite.assign("a", tcp(8050)));
  EXPECT_EQ(*suite.registry().service("a"), known);
}

TEST(Assign, WhatItAlreadyHasChangesNothing) {
  Suite suite;
  const auto first = suite.assign("a", tcp(8000));
  for (const bool force : {false, true}) {
    const auto again = suite.assign("a", tcp(8000), force);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, *first);
    EXPECT_TRUE(suite.last().empty());
  }
  ASSERT_TRUE(suite.reserve(8000, 8000));
  EXPECT_TRUE(suite.assign("a", tcp(8000)));
}

TEST(Assign, AnotherPortIsAMoveByForceToo) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  for (const bool force : {false, true}) {
    EXPECT_TRUE(refused(suite.assign("a", tcp(8001), force), ErrorCode::already_assigned,
                        "service_id", {"a already has port 8000", "reassign"}));
    EXPECT_TRUE(refused(suite.assign("a", udp(8000), force), ErrorCode::already_assigned,
                        "service_id", {"a already has port 8000"}));
  }
  EXPECT_EQ(suite.registry().assignment("a")->key, tcp(8000));
}

TEST(Assign, TakenNamesPortAndHolder) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  EXPECT_TRUE(refused(suite.assign("b", tcp(8000)), ErrorCode::port_taken, "port",
                      {"Port 8000 is assigned to a"}));
  EXPECT_FALSE(suite.registry().service("b"));
  EXPECT_TRUE(suite.assign("b", udp(8000)));
  EXPECT_TRUE(suite.assign("c", test::tcp_on("db.example", 8000)));
}

TEST(Assign, ReservedNamesPortAndReason) {
  Suite suite;
  ASSERT_TRUE(suite.reserve(8000, 8000, "the printer"));
  ASSERT_TRUE(suite.reserve(8001, 8001));
  EXPECT_TRUE(refused(suite.assign("a", tcp(8000)), ErrorCode::port_reserved, "port",
                      {"Port 8000 is reserved (the printer)", "DELETE /api/ports/reserve/8000"}));
  EXPECT_TRUE(refused(suite.assign("a", tcp(8001)), ErrorCode::port_reserved, "port",
                      {"Port 8001 is reserved."}));
  EXPECT_TRUE(suite.assign("a", udp(8000)));
}

TEST(Assign, OutsideTheRangeNamesIt) {
  Suite suite;
  for (const int value : {7999, 8100}) {
    EXPECT_TRUE(refused(suite.assign("a", tcp(value)), ErrorCode::out_of_bounds, "port",
                        {"Port " + std::to_string(value), "8000-8099", "force"}));
  }
  EXPECT_TRUE(suite.assign("a", tcp(8099)));
}

TEST(Assign, ForcePassesOverHolderReservationAndRange) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.reserve(8001, 8001));
  const auto contested = suite.assign("b", tcp(8000), true);
  ASSERT_TRUE(contested);
  EXPECT_TRUE(contested->contested);
  EXPECT_FALSE(suite.registry().assignment("a")->contested);
  EXPECT_THAT(suite.registry().holders(tcp(8000)), ElementsAre("a", "b"));
  const auto reserved = suite.assign("c", tcp(8001), true);
  ASSERT_TRUE(reserved);
  EXPECT_FALSE(reserved->contested);
  ASSERT_TRUE(suite.assign("d", tcp(8100), true));
  EXPECT_EQ(suite.registry().open_conflicts().size(), 3U);
}

TEST(Assign, ForceNeverTakesThePortManagersOwnPort) {
  Suite suite;
  suite.place_self(8000);
  const std::vector<string> named{"Port 8000", self, "Port Manager itself"};
  EXPECT_TRUE(refused(suite.assign("a", tcp(8000)), ErrorCode::port_taken, "port", named));
  EXPECT_TRUE(refused(suite.assign("a", tcp(8000), true), ErrorCode::forbidden, "port", named));
}

TEST(Assign, ForceNeverTakesItFromBehindAnOlderHolder) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  suite.place_self(8000);
  EXPECT_TRUE(refused(suite.assign("b", tcp(8000), true), ErrorCode::forbidden, "port",
                      {"Port 8000", self}));
}

TEST(Assign, ThePortManagerIsNotPutElsewhere) {
  Suite suite;
  suite.place_self(8000);
  for (const bool force : {false, true}) {
    EXPECT_TRUE(
        refused(suite.assign(self, tcp(8001), force), ErrorCode::forbidden, "service_id", {self}));
  }
  EXPECT_TRUE(suite.assign(self, tcp(8000)));
}

TEST(Assign, ThePortManagerIsGivenNone) {
  Suite suite;
  for (const bool force : {false, true}) {
    EXPECT_TRUE(
        refused(suite.assign(self, tcp(8000), force), ErrorCode::forbidden, "service_id", {self}));
  }
}

TEST(Assign, NeitherPortOfAMoveIsGivenToAnybodyByForceEither) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.begin_move("a", 8001));
  const std::vector<string> named{"move of a", "port 8000", "port 8001"};
  for (const bool force : {false, true}) {
    for (const int value : {8000, 8001}) {
      EXPECT_TRUE(
          refused(suite.assign("b", tcp(value), force), ErrorCode::move_in_progress, "", named));
    }
    EXPECT_TRUE(
        refused(suite.assign("a", tcp(8000), force), ErrorCode::move_in_progress, "", named));
  }
  EXPECT_TRUE(suite.assign("b", udp(8001)));
}

Expected<void> enter_self(Suite& suite, int value) {
  return suite.commit([&](Draft& draft) { return pm::enter_self(draft, tcp(value)); });
}

TEST(EnterSelf, RegistersThePortManagerWhereItServes) {
  Suite suite;
  ASSERT_TRUE(enter_self(suite, 8050));
  ASSERT_TRUE(suite.registry().assignment(self));
  EXPECT_EQ(suite.registry().assignment(self)->key, tcp(8050));
  EXPECT_EQ(suite.registry().service(self)->category, "data");
  EXPECT_EQ(only_event(suite).action, HistoryAction::assign);
  EXPECT_EQ(all_of<AnnouncePortChange>(suite.last()).size(), 1U);
  ASSERT_TRUE(enter_self(suite, 8050));
  EXPECT_TRUE(suite.last().empty());
}

TEST(EnterSelf, FollowsItToAnotherPort) {
  Suite suite;
  ASSERT_TRUE(enter_self(suite, 8050));
  ASSERT_TRUE(enter_self(suite, 8051));
  EXPECT_EQ(suite.registry().assignment(self)->key, tcp(8051));
  EXPECT_THAT(suite.registry().holders(tcp(8050)), IsEmpty());
  const auto event = only_event(suite);
  EXPECT_EQ(event.action, HistoryAction::reassign);
  EXPECT_EQ(event.old_port, port(8050));
  EXPECT_EQ(event.new_port, port(8051));
}

TEST(EnterSelf, TakesNobodysPort) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.reserve(8001, 8001));
  EXPECT_TRUE(refused(enter_self(suite, 8000), ErrorCode::port_taken, "port", {"a"}));
  EXPECT_TRUE(refused(enter_self(suite, 8001), ErrorCode::port_reserved, "port", {"8001"}));
  EXPECT_TRUE(refused(enter_self(suite, 9500), ErrorCode::out_of_bounds, "port", {"9500"}));
  EXPECT_FALSE(suite.registry().service(self));
}

TEST(Release, GivesThePortBackAndKeepsTheService) {
  Suite suite;
  const auto assigned = suite.assign("a", tcp(8000));
  const auto released = suite.release("a");
  ASSERT_TRUE(released);
  EXPECT_EQ(*released, *assigned);
  EXPECT_EQ(suite.registry().assignment("a"), nullptr);
  EXPECT_TRUE(suite.registry().service("a"));
  EXPECT_EQ(suite.last().action, "release");
  const auto event = only_event(suite);
  EXPECT_EQ(event.action, HistoryAction::release);
  EXPECT_EQ(event.old_port, port(8000));
  EXPECT_EQ(event.new_port, std::nullopt);
  const auto told = all_of<AnnouncePortChange>(suite.last());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].old_port, port(8000));
  EXPECT_EQ(told[0].new_port, std::nullopt);
  EXPECT_THAT(suite.registry().held_ports("a"), ElementsAre(port(8000)));
  EXPECT_TRUE(suite.assign("b", tcp(8000)));
}

TEST(Release, APortThatCameByImportIsAHeldOneToo) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.commit([](Draft& draft) {
    draft.apply(PutHeldPorts{"a", {port(8050)}});
    return Expected<void>();
  }));
  ASSERT_TRUE(suite.release("a"));
  EXPECT_THAT(suite.registry().held_ports("a"), ElementsAre(port(8050), port(8000)));
}

TEST(Release, TheNextInAgeInheritsAContestedPort) {
  Suite suite;
  ASSERT_TRUE(suite.assign("z", tcp(8000)));
  ASSERT_TRUE(suite.assign("y", tcp(8000), true));
  ASSERT_TRUE(suite.assign("a", tcp(8000), true));
  ASSERT_TRUE(suite.release("z"));
  EXPECT_FALSE(suite.registry().assignment("y")->contested);
  EXPECT_TRUE(suite.registry().assignment("a")->contested);
  ASSERT_TRUE(suite.release("a"));
  EXPECT_THAT(all_of<PutAssignment>(suite.last()), IsEmpty());
  EXPECT_FALSE(suite.registry().assignment("y")->contested);
  EXPECT_TRUE(suite.registry().open_conflicts().empty());
}

TEST(Release, Refusals) {
  Suite suite;
  EXPECT_TRUE(refused(suite.release("nobody"), ErrorCode::unknown_service, "service_id",
                      {"No service nobody"}));
  ASSERT_TRUE(suite.register_service(test::service("a")));
  EXPECT_TRUE(
      refused(suite.release("a"), ErrorCode::unknown_port, "service_id", {"a has no port"}));
  suite.place_self(8050);
  EXPECT_TRUE(refused(suite.release(self), ErrorCode::forbidden, "service_id", {self}));
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.begin_move("a", 8001));
  EXPECT_TRUE(refused(suite.release("a"), ErrorCode::move_in_progress, "",
                      {"move of a", "port 8000", "port 8001"}));
}

TEST(RegisterService, ChangesWhatIsKnownAndNotThePort) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  auto changed = test::service("a");
  changed.process = "alpha.py";
  ASSERT_TRUE(suite.register_service(changed));
  EXPECT_EQ(suite.last().action, "register");
  EXPECT_EQ(suite.registry().service("a")->process, "alpha.py");
  EXPECT_EQ(suite.registry().assignment("a")->key, tcp(8000));
  ASSERT_TRUE(suite.register_service(changed));
  EXPECT_TRUE(suite.last().empty());
}

TEST(RegisterService, ItsPortDoesNotGoToAnotherHostWithIt) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  auto elsewhere = test::service("a");
  elsewhere.host = "DB.example";
  EXPECT_TRUE(refused(suite.register_service(elsewhere), ErrorCode::already_assigned, "host",
                      {"a has port 8000", "db.example", "release"}));
  auto own_name = elsewhere;
  own_name.host = "localhost";
  EXPECT_TRUE(suite.register_service(own_name));
  ASSERT_TRUE(suite.release("a"));
  ASSERT_TRUE(suite.register_service(elsewhere));
  EXPECT_EQ(suite.registry().service("a")->host, "DB.example");
}

TEST(RegisterService, WhatTheServiceHadBeforeIsNotHeldAgainstIt) {
  Suite suite;
  auto known = test::service("a");
  known.host = "db.example";
  ASSERT_TRUE(suite.register_service(known));
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  known.process = "alpha.py";
  EXPECT_TRUE(suite.register_service(known));
}

TEST(Recheck, OpensAndClosesWhatANewRangeMakesOfTheRegistry) {
  Suite suite;
  ASSERT_TRUE(suite.assign("in", tcp(8000)));
  ASSERT_TRUE(suite.assign("out", tcp(8100), true));
  auto config = test::suite_config();
  config.range = {"suite", port(8100), port(8199)};
  auto registry = test::registry_of(config);
  for (const auto& [id, each] : suite.registry().assignments().sorted()) {
    registry.apply(PutAssignment{each});
  }
  for (const auto& [id, each] : suite.registry().open_conflicts().sorted()) {
    registry.apply(OpenConflict{each});
  }
  Draft draft(registry, suite.context());
  recheck(draft);
  draft.reconcile_conflicts();
  ASSERT_EQ(all_of<CloseConflict>(draft.changes()).size(), 1U);
  EXPECT_THAT(all_of<CloseConflict>(draft.changes())[0].conflict.services, ElementsAre("out"));
  ASSERT_EQ(all_of<OpenConflict>(draft.changes()).size(), 1U);
  EXPECT_THAT(all_of<OpenConflict>(draft.changes())[0].conflict.services, ElementsAre("in"));
}

TEST(Recheck, ClosesConflictsOfPortsThatNobodyHolds) {
  Suite suite;
  ASSERT_TRUE(suite.commit([](Draft& draft) {
    Conflict left_over;
    left_over.conflict_id = 1;
    left_over.type = ConflictType::reserved_port;
    left_over.key = tcp(8000);
    left_over.services = {"gone"};
    draft.apply(OpenConflict{left_over});
    return Expected<void>();
  }));
  ASSERT_EQ(suite.registry().open_conflicts().size(), 1U);
  ASSERT_TRUE(suite.commit([](Draft& draft) {
    recheck(draft);
    return Expected<void>();
  }));
  EXPECT_TRUE(suite.registry().open_conflicts().empty());
  EXPECT_EQ(suite.last().action, "recheck");
}

TEST(Recheck, TheOldestHolderIsNotContested) {
  Suite suite;
  ASSERT_TRUE(suite.commit([](Draft& draft) {
    draft.apply(PutAssignment{{"old", tcp(8000), true, 1, at_second(0)}});
    draft.apply(PutAssignment{{"young", tcp(8000), true, 2, at_second(0)}});
    return Expected<void>();
  }));
  const auto again = [&] {
    return suite.commit([](Draft& draft) {
      recheck(draft);
      return Expected<void>();
    });
  };
  ASSERT_TRUE(again());
  EXPECT_FALSE(suite.registry().assignment("old")->contested);
  EXPECT_TRUE(suite.registry().assignment("young")->contested);
  ASSERT_TRUE(again());
  EXPECT_TRUE(suite.last().empty());
}

TEST(RemoveService, ForgetsTheServiceAndGivesItsPortBack) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.remove_service("a"));
  EXPECT_EQ(suite.last().action, "unregister");
  EXPECT_EQ(suite.registry().service("a"), nullptr);
  EXPECT_EQ(suite.registry().assignment("a"), nullptr);
  EXPECT_EQ(only_event(suite).action, HistoryAction::release);
}

TEST(RemoveService, WithoutAPort) {
  Suite suite;
  ASSERT_TRUE(suite.register_service(test::service("a")));
  EXPECT_TRUE(suite.remove_service("a"));
  EXPECT_EQ(suite.registry().service("a"), nullptr);
  EXPECT_THAT(all_of<AppendHistory>(suite.last()), IsEmpty());
}

TEST(RemoveService, Refusals) {
  Suite suite;
  EXPECT_TRUE(refused(suite.remove_service("nobody"), ErrorCode::unknown_service, "service_id",
                      {"nobody"}));
  ASSERT_TRUE(suite.register_service(test::service(self)));
  EXPECT_TRUE(refused(suite.remove_service(self), ErrorCode::forbidden, "service_id", {self}));
  suite.place_self(8050);
  EXPECT_TRUE(refused(suite.remove_service(self), ErrorCode::forbidden, "service_id", {self}));
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.begin_move("a", 8001));
  EXPECT_TRUE(
      refused(suite.remove_service("a"), ErrorCode::move_in_progress, "", {"a", "port 8000"}));
}

TEST(Reserve, BothEndsAndNothingElse) {
  Suite suite;
  ASSERT_TRUE(suite.reserve(8001, 8003, "spare", at_second(60)));
  EXPECT_EQ(suite.last().action, "reserve");
  for (const int value : {8001, 8002, 8003}) {
    const auto* made = suite.registry().reservation(tcp(value));
    ASSERT_TRUE(made) << value;
    EXPECT_EQ(made->reason, "spare");
    EXPECT_EQ(made->expires_at, at_second(60));
  }
  EXPECT_EQ(suite.registry().reservations().size(), 3U);
}

TEST(Reserve, TheHighestPort) {
  Suite suite;
  ASSERT_TRUE(suite.reserve(65534, 65535));
  EXPECT_EQ(suite.registry().reservations().size(), 2U);
}

TEST(Reserve, AgainTakesTheNewReasonAndExpiryAndKeepsThePlace) {
  Suite suite;
  ASSERT_TRUE(suite.reserve(8001, 8001, "first", at_second(60)));
  const auto place = suite.registry().reservation(tcp(8001))->sequence;
  ASSERT_TRUE(suite.reserve(8000, 8002, "second"));
  const auto* changed = suite.registry().reservation(tcp(8001));
  EXPECT_EQ(*changed, (Reservation{tcp(8001), "second", std::nullopt, place}));
  ASSERT_TRUE(suite.reserve(8000, 8002, "second"));
  EXPECT_TRUE(suite.last().empty());
}

TEST(Reserve, AnAssignedPortMovesNobody) {
  Suite suite;
  const auto assigned = suite.assign("a", tcp(8000));
  ASSERT_TRUE(suite.reserve(8000, 8000));
  EXPECT_EQ(*suite.registry().assignment("a"), *assigned);
  ASSERT_EQ(all_of<OpenConflict>(suite.last()).size(), 1U);
  EXPECT_EQ(all_of<OpenConflict>(suite.last())[0].conflict.type, ConflictType::reserved_port);
}

TEST(Unreserve, FreesThePortAlone) {
  Suite suite;
  ASSERT_TRUE(suite.reserve(8000, 8001));
  ASSERT_TRUE(suite.unreserve(tcp(8000)));
  EXPECT_EQ(suite.registry().reservation(tcp(8000)), nullptr);
  EXPECT_TRUE(suite.registry().reservation(tcp(8001)));
  EXPECT_TRUE(refused(suite.unreserve(tcp(8000)), ErrorCode::unknown_port, "port",
                      {"Port 8000 is not reserved"}));
  EXPECT_TRUE(refused(suite.unreserve(udp(8001)), ErrorCode::unknown_port, "port",
                      {"Port 8001/udp is not reserved"}));
}

TEST(ExpireReservations, WhenTheirTimeHasCome) {
  Suite suite;
  ASSERT_TRUE(suite.reserve(8000, 8000, "", at_second(10)));
  ASSERT_TRUE(suite.reserve(8001, 8001, "", at_second(11)));
  ASSERT_TRUE(suite.reserve(8002, 8002));
  const auto expire = [&](Timestamp now) {
    return suite.commit([&](Draft& draft) {
      expire_reservations(draft, now);
      return Expected<void>();
    });
  };
  ASSERT_TRUE(expire(at_second(9)));
  EXPECT_TRUE(suite.last().empty());
  ASSERT_TRUE(expire(at_second(10)));
  EXPECT_EQ(suite.registry().reservation(tcp(8000)), nullptr);
  EXPECT_TRUE(suite.registry().reservation(tcp(8001)));
  ASSERT_TRUE(expire(at_second(100000)));
  EXPECT_EQ(suite.registry().reservation(tcp(8001)), nullptr);
  EXPECT_TRUE(suite.registry().reservation(tcp(8002)));
}

TEST(CheckTarget, AServiceIsNotInItsOwnWay) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  EXPECT_TRUE(check_target(suite.registry(), tcp(8000), "a", false));
  ASSERT_TRUE(suite.begin_move("a", 8001));
  EXPECT_TRUE(check_target(suite.registry(), tcp(8001), "a", false));
}

TEST(CheckPermitted, LooksAtNoHolder) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.reserve(8001, 8001));
  EXPECT_TRUE(check_permitted(suite.registry(), tcp(8000), "b"));
  EXPECT_TRUE(refused(check_permitted(suite.registry(), tcp(8001), "b"), ErrorCode::port_reserved,
                      "port", {"Port 8001"}));
  EXPECT_TRUE(refused(check_permitted(suite.registry(), tcp(8100), "b"), ErrorCode::out_of_bounds,
                      "port", {"Port 8100"}));
}

TEST(AppendHeld, NoPortTwiceInARow) {
  Suite suite;
  const auto append = [&](std::optional<Port> old_port, int value) {
    ASSERT_TRUE(suite.commit([&](Draft& draft) {
      detail::append_held(draft, "a", old_port, port(value));
      return Expected<void>();
    }));
  };
  append(std::nullopt, 8000);
  append(port(8000), 8001);
  append(std::nullopt, 8001);
  append(port(8005), 8000);
  EXPECT_THAT(suite.registry().held_ports("a"),
              ElementsAre(port(8000), port(8001), port(8005), port(8000)));
}

}  // namespace
}  // namespace pm
