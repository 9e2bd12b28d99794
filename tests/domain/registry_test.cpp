#include "domain/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "domain/domain_support.h"
#include "domain/random_suite.h"

namespace pm {
namespace {

using std::string;
using test::at_second;
using test::port;
using test::tcp;
using test::udp;
using testing::ElementsAre;
using testing::IsEmpty;

PutAssignment placed(const string& service_id, const PortKey& key, std::int64_t sequence,
                     bool contested = false) {
  return {{service_id, key, contested, sequence, at_second(0)}};
}

Move move_of(std::int64_t id, const string& service_id, int from, int to, MoveState state) {
  Move move;
  move.move_id = id;
  move.service_id = service_id;
  move.from = tcp(from);
  move.to = port(to);
  move.state = state;
  return move;
}

TEST(SuiteConfig, CategoryOfAPort) {
  const auto config = test::suite_config();
  EXPECT_EQ(config.category_of(port(8000)), "web");
  EXPECT_EQ(config.category_of(port(8049)), "web");
  EXPECT_EQ(config.category_of(port(8050)), "data");
  EXPECT_EQ(config.category_of(port(8060)), "");
  ASSERT_TRUE(config.category("data"));
  EXPECT_EQ(config.category("data")->lo, port(8050));
  EXPECT_EQ(config.category("none"), nullptr);
}

TEST(Registry, AnEmptyOneKnowsNothing) {
  const auto registry = test::registry_of();
  EXPECT_EQ(registry.revision(), 0);
  EXPECT_EQ(registry.service("a"), nullptr);
  EXPECT_EQ(registry.assignment("a"), nullptr);
  EXPECT_EQ(registry.reservation(tcp(8000)), nullptr);
  EXPECT_EQ(registry.move_of("a"), nullptr);
  EXPECT_EQ(registry.move_to(tcp(8000)), nullptr);
  EXPECT_EQ(registry.health("a"), nullptr);
  EXPECT_EQ(registry.identity("a"), nullptr);
  EXPECT_EQ(registry.released_at(tcp(8000)), std::nullopt);
  EXPECT_THAT(registry.holders(tcp(8000)), IsEmpty());
  EXPECT_THAT(registry.held_ports("a"), IsEmpty());
  EXPECT_EQ(registry.occupied("127.0.0.1", Protocol::tcp).count(port(1024), port(65535)), 0);
  EXPECT_EQ(registry.next_sequence(), 1);
  EXPECT_EQ(registry.next_move_id(), 1);
  EXPECT_EQ(registry.next_conflict_id(), 1);
}

TEST(Registry, HoldersAreInTheOrderOfAgeHoweverTheyCome) {
  auto registry = test::registry_of();
  registry.apply(placed("b", tcp(8000), 20, true));
  registry.apply(placed("c", tcp(8000), 30, true));
  registry.apply(placed("a", tcp(8000), 10));
  EXPECT_THAT(registry.holders(tcp(8000)), ElementsAre("a", "b", "c"));
  EXPECT_THAT(registry.holders(udp(8000)), IsEmpty());
  registry.apply(placed("b", tcp(8000), 20, false));
  EXPECT_THAT(registry.holders(tcp(8000)), ElementsAre("a", "b", "c"));
  registry.apply(RemoveAssignment{"a"});
  EXPECT_THAT(registry.holders(tcp(8000)), ElementsAre("b", "c"));
  registry.apply(placed("b", tcp(8001), 40));
  EXPECT_THAT(registry.holders(tcp(8000)), ElementsAre("c"));
  EXPECT_THAT(registry.holders(tcp(8001)), ElementsAre("b"));
  EXPECT_EQ(registry.next_sequence(), 41);
}

TEST(Registry, APortIsFreeWhenItsLastHolderIsGone) {
  auto registry = test::registry_of();
  registry.apply(placed("a", tcp(8000), 1));
  registry.apply(placed("b", tcp(8000), 2, true));
  const auto taken = [&] { return registry.occupied("127.0.0.1", Protocol::tcp).test(port(8000)); };
  registry.apply(RemoveAssignment{"a"});
  EXPECT_TRUE(taken());
  registry.apply(RemoveAssignment{"nobody"});
  EXPECT_TRUE(taken());
  registry.apply(RemoveAssignment{"b"});
  EXPECT_FALSE(taken());
}

TEST(Registry, OccupiedIsAssignedReservedOrClaimed) {
  auto registry = test::registry_of();
  registry.apply(placed("a", tcp(8000), 1));
  registry.apply(placed("b", udp(8001), 2));
  registry.apply(PutReservation{{tcp(8000), "", std::nullopt, 3}});
  registry.apply(PutReservation{{tcp(8002), "", std::nullopt, 4}});
  registry.apply(PutMove{move_of(1, "a", 8000, 8003, MoveState::planned)});
  const auto taken = [&](Protocol protocol) {
    std::vector<int> ports;
    const auto occupied = registry.occupied("127.0.0.1", protocol);
    for (int value = 1024; value <= 65535; ++value) {
      if (occupied.test(port(value))) ports.push_back(value);
    }
    return ports;
  };
  EXPECT_THAT(taken(Protocol::tcp), ElementsAre(8000, 8002, 8003));
  EXPECT_THAT(taken(Protocol::udp), ElementsAre(8001));
  registry.apply(RemoveReservation{tcp(8000)});
  registry.apply(RemoveReservation{tcp(8002)});
  registry.apply(PutMove{move_of(1, "a", 8000, 8003, MoveState::rolled_back)});
  EXPECT_THAT(taken(Protocol::tcp), ElementsAre(8000));
  EXPECT_EQ(registry.occupied("db.example", Protocol::tcp).count(port(1024), port(65535)), 0);
}

TEST(Registry, MovesAreOpenUntilTheyAreSettled) {
  auto registry = test::registry_of();
  registry.apply(PutMove{move_of(7, "a", 8000, 8001, MoveState::planned)});
  ASSERT_TRUE(registry.move_of("a"));
  EXPECT_EQ(registry.move_to(tcp(8001)), registry.move_of("a"));
  EXPECT_EQ(registry.move_to(tcp(8000)), nullptr);
  EXPECT_EQ(registry.next_move_id(), 8);
  registry.apply(PutMove{move_of(7, "a", 8000, 8001, MoveState::pending)});
  EXPECT_EQ(registry.open_moves().size(), 1U);
  EXPECT_EQ(registry.ports_reassigned(), 0);
  registry.apply(PutMove{move_of(7, "a", 8000, 8001, MoveState::committed)});
  EXPECT_EQ(registry.move_of("a"), nullptr);
  EXPECT_EQ(registry.ports_reassigned(), 1);
  registry.apply(PutMove{move_of(8, "a", 8001, 8002, MoveState::pending)});
  registry.apply(PutMove{move_of(8, "a", 8001, 8002, MoveState::rolled_back)});
  EXPECT_TRUE(registry.open_moves().empty());
  EXPECT_EQ(registry.ports_reassigned(), 1);
  EXPECT_EQ(registry.next_move_id(), 9);
}

TEST(Registry, AForgottenServiceTakesItsHealthAndHistoryWithIt) {
  auto registry = test::registry_of();
  registry.apply(PutService{test::service("a")});
  registry.apply(PutHealth{"a", port(8000), {HealthStatus::healthy, "", at_second(1)}});
  registry.apply(PutHeldPorts{"a", {port(8000), port(8001)}});
  EXPECT_EQ(registry.health("a")->status, HealthStatus::healthy);
  EXPECT_THAT(registry.held_ports("a"), ElementsAre(port(8000), port(8001)));
  registry.apply(RemoveService{"a"});
  EXPECT_EQ(registry.service("a"), nullptr);
  EXPECT_EQ(registry.health("a"), nullptr);
  EXPECT_THAT(registry.held_ports("a"), IsEmpty());
}

TEST(Registry, TheLastIdentityOfAServiceCounts) {
  auto registry = test::registry_of();
  LearnedIdentity identity;
  identity.service_id = "a";
  identity.pid = 12;
  registry.apply(PutIdentity{identity});
  ASSERT_TRUE(registry.identity("a"));
  EXPECT_EQ(*registry.identity("a"), identity);
  const auto before = registry;
  identity.pid = 13;
  registry.apply(PutIdentity{identity});
  EXPECT_EQ(registry.identity("a")->pid, 13);
  EXPECT_EQ(registry.identities().size(), 1U);
  EXPECT_EQ(before.identity("a")->pid, 12);
  EXPECT_EQ(registry.identity("b"), nullptr);
}

TEST(Registry, AForgottenServiceTakesItsIdentityWithIt) {
  auto registry = test::registry_of();
  for (const auto* id : {"a", "b"}) {
    registry.apply(PutService{test::service(id)});
    LearnedIdentity identity;
    identity.service_id = id;
    registry.apply(PutIdentity{identity});
  }
  registry.apply(RemoveService{"a"});
  EXPECT_EQ(registry.identity("a"), nullptr);
  EXPECT_TRUE(registry.identity("b"));
}

AppendHistory told(HistoryAction action, std::optional<int> old_port, std::optional<int> new_port,
                   int second) {
  HistoryEvent event;
  event.service_id = "a";
  event.host = "127.0.0.1";
  event.action = action;
  if (old_port) event.old_port = port(*old_port);
  if (new_port) event.new_port = port(*new_port);
  event.context.at = at_second(second);
  return {event};
}

TEST(Registry, RemembersWhenAPortWasGivenUp) {
  auto registry = test::registry_of();
  registry.apply(told(HistoryAction::assign, std::nullopt, 8000, 1));
  EXPECT_TRUE(registry.releases().empty());
  registry.apply(told(HistoryAction::reassign, 8000, 8001, 2));
  EXPECT_EQ(registry.released_at(tcp(8000)), at_second(2));
  EXPECT_EQ(registry.released_at(tcp(8001)), std::nullopt);
  registry.apply(told(HistoryAction::release, 8001, std::nullopt, 3));
  registry.apply(told(HistoryAction::import, 8002, 8003, 4));
  EXPECT_EQ(registry.released_at(tcp(8001)), at_second(3));
  EXPECT_EQ(registry.released_at(tcp(8002)), at_second(4));
  registry.apply(told(HistoryAction::release, 8000, std::nullopt, 9));
  EXPECT_EQ(registry.released_at(tcp(8000)), at_second(9)) << "the last time counts";
  EXPECT_EQ(registry.releases().size(), 3U);
}

TEST(Registry, APortIsGivenUpOnItsHostAndProtocolAlone) {
  auto registry = test::registry_of();
  auto release = told(HistoryAction::release, 8000, std::nullopt, 1);
  release.event.protocol = Protocol::udp;
  registry.apply(release);
  EXPECT_EQ(registry.released_at(udp(8000)), at_second(1));
  EXPECT_EQ(registry.released_at(tcp(8000)), std::nullopt);
  release.event.host = "db.example";
  release.event.protocol = Protocol::tcp;
  registry.apply(release);
  EXPECT_EQ(registry.released_at(test::tcp_on("db.example", 8000)), at_second(1));
  EXPECT_EQ(registry.released_at(tcp(8000)), std::nullopt);
}

TEST(Registry, AFailedMoveAndAMoveToTheSamePortGiveNothingUp) {
  auto registry = test::registry_of();
  registry.apply(told(HistoryAction::move_failed, 8000, 8001, 1));
  registry.apply(told(HistoryAction::restore, 8000, 8000, 2));
  EXPECT_TRUE(registry.releases().empty());
}

TEST(Registry, CountsTheReservationsThatAreHeld) {
  auto registry = test::registry_of();
  Reservation reservation{tcp(8000), "", std::nullopt, 1, true};
  registry.apply(PutReservation{reservation});
  registry.apply(PutReservation{reservation});
  EXPECT_EQ(registry.held_reservations(), 1);
  reservation.key = tcp(8001);
  registry.apply(PutReservation{reservation});
  EXPECT_EQ(registry.held_reservations(), 2);
  reservation.hold = false;
  registry.apply(PutReservation{reservation});
  EXPECT_EQ(registry.held_reservations(), 1);
  registry.apply(RemoveReservation{tcp(8001)});
  EXPECT_EQ(registry.held_reservations(), 1);
  registry.apply(RemoveReservation{tcp(8000)});
  registry.apply(RemoveReservation{tcp(8000)});
  EXPECT_EQ(registry.held_reservations(), 0);
}

TEST(Registry, AnEmptyListOfHeldPortsIsNone) {
  auto registry = test::registry_of();
  registry.apply(PutHeldPorts{"a", {port(8000)}});
  registry.apply(PutHeldPorts{"a", {}});
  EXPECT_TRUE(registry.all_held_ports().empty());
}

TEST(Registry, ConflictsAreReplacedAndClosedById) {
  auto registry = test::registry_of();
  Conflict conflict;
  conflict.conflict_id = 5;
  conflict.key = tcp(8000);
  conflict.services = {"a", "b"};
  registry.apply(OpenConflict{conflict});
  conflict.services = {"a", "b", "c"};
  registry.apply(OpenConflict{conflict});
  ASSERT_EQ(registry.open_conflicts().size(), 1U);
  EXPECT_EQ(registry.open_conflicts().find(5)->services.size(), 3U);
  EXPECT_EQ(registry.next_conflict_id(), 6);
  registry.apply(CloseConflict{conflict});
  EXPECT_TRUE(registry.open_conflicts().empty());
  EXPECT_EQ(registry.next_conflict_id(), 6);
}

TEST(Registry, RestoredCountersNeverGoBack) {
  auto registry = test::registry_of();
  registry.apply(placed("a", tcp(8000), 50));
  registry.restore_counters({10, 20, 30, 40});
  EXPECT_EQ(registry.next_sequence(), 51);
  EXPECT_EQ(registry.next_move_id(), 20);
  EXPECT_EQ(registry.next_conflict_id(), 30);
  EXPECT_EQ(registry.ports_reassigned(), 40);
  registry.restore_counters({100, 1, 1, 40});
  EXPECT_EQ(registry.next_sequence(), 100);
  EXPECT_EQ(registry.next_move_id(), 20);
  EXPECT_EQ(registry.next_conflict_id(), 30);
}

TEST(Registry, WhatIsNotPartOfTheStateChangesNothing) {
  auto registry = test::registry_of();
  registry.apply(placed("a", tcp(8000), 1));
  const auto before = test::dump(registry);
  registry.apply(AppendHistory{});
  registry.apply(AnnouncePortChange{"a", port(8000), port(8001)});
  registry.apply(RemoveReservation{tcp(8000)});
  EXPECT_EQ(test::dump(registry), before);
  EXPECT_TRUE(registry.occupied("127.0.0.1", Protocol::tcp).test(port(8000)));
}

/// Every way to change a registry, in any order; random_suite.cpp says what is checked after each.
TEST(Registry, KeepsItsInvariantsThroughRandomChanges) {
  std::map<string, int> done;
  for (unsigned seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    test::RandomSuite random(seed);
    for (int round = 0; round < 300; ++round) {
      SCOPED_TRACE("round " + std::to_string(round));
      random.step();
      if (HasFailure()) return;
    }
    for (const auto& [name, count] : random.done()) done[name] += count;
  }
  for (const auto* each : {"assign",
                           "assign by force",
                           "assign port_taken",
                           "assign port_reserved",
                           "assign out_of_bounds",
                           "assign already_assigned",
                           "assign move_in_progress",
                           "assign by force forbidden",
                           "assign by force already_assigned",
                           "release",
                           "register",
                           "register already_assigned",
                           "release unknown_port",
                           "release move_in_progress",
                           "release forbidden",
                           "remove",
                           "remove forbidden",
                           "reserve",
                           "reserve and hold",
                           "reserve and hold port_taken",
                           "reserve and hold port_reserved",
                           "look",
                           "unreserve",
                           "unreserve unknown_port",
                           "expire",
                           "begin_move",
                           "begin_move by force",
                           "begin_move already_assigned",
                           "begin_move forbidden",
                           "begin_planned_move",
                           "begin_planned_move port_taken",
                           "accept_move",
                           "commit_move",
                           "roll_back pending",
                           "roll_back planned",
                           "begin_batch",
                           "begin_batch with a cycle",
                           "begin_batch port_taken",
                           "import",
                           "import move_in_progress"}) {
    EXPECT_GE(done[each], 5) << each << " was hardly tried";
  }
}

}  // namespace
}  // namespace pm
