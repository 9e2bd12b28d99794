#include "store/registry_loader.h"

#include <gtest/gtest.h>

#include "store/storage_error.h"
#include "store_support.h"

namespace pm::test {
namespace {

/// Commits each set in turn, then compares what the store says with what a reopened one says.
void expect_survives(const std::vector<std::vector<Change>>& sets) {
  const StoreFolder folder;
  std::string before;
  {
    const auto store = open_store(folder.database());
    for (const auto& set : sets) {
      const auto committed = store->commit(context_of("alice"), rule_of(set));
      ASSERT_TRUE(committed) << committed.error().message;
    }
    before = dump(*store->snapshot());
  }
  EXPECT_EQ(dump(*open_store(folder.database())->snapshot()), before);
}

Move move_of(std::int64_t move_id, MoveState state) {
  Move move;
  move.move_id = move_id;
  move.service_id = "web";
  move.from = tcp(8001);
  move.to = Port::clamped(8100 + move_id);
  move.state = state;
  move.phase = MovePhase::accepted;
  move.force = true;
  move.batch_id = 7;
  move.outcome = "a sentence";
  move.context = context_of("bob", 3);
  if (state == MoveState::committed) move.finished_at = at_second(8);
  return move;
}

Conflict drift(std::int64_t conflict_id) {
  Conflict conflict;
  conflict.conflict_id = conflict_id;
  conflict.type = ConflictType::drift;
  conflict.key = tcp(8001);
  conflict.services = {"web"};
  conflict.detail = "web listens on 8002";
  conflict.detected_at = at_second(4);
  return conflict;
}

TEST(RegistryLoaderTest, ANewDatabaseIsAnEmptyRegistry) {
  expect_survives({});
}

TEST(RegistryLoaderTest, ServicesSurvive) {
  auto changed = service("web");
  changed.host = "web.internal";
  changed.name = "näme 'quoted' \"twice\"";
  expect_survives({{PutService{service("web")}, PutService{service("db")}},
                   {PutService{changed}, RemoveService{"db"}}});
}

TEST(RegistryLoaderTest, AssignmentsSurviveInTheOrderOfTheirAge) {
  auto sets = std::vector<std::vector<Change>>{placed("web", 8001, 3), placed("db", 8001, 1, true),
                                               placed("api", 8001, 2, true)};
  auto udp = Assignment{
      "web", {"web.internal", Protocol::udp, Port::clamped(9999)}, false, 9, at_second(2)};
  sets.push_back({PutAssignment{udp}});
  sets.push_back({RemoveAssignment{"db"}});
  expect_survives(sets);
}

TEST(RegistryLoaderTest, TheNextSequenceSurvivesTheRowThatUsedTheLastOne) {
  expect_survives({placed("web", 8001, 41), {RemoveAssignment{"web"}}});
}

TEST(RegistryLoaderTest, ReservationsSurvive) {
  expect_survives(
      {{PutReservation{{tcp(8003), "for later", at_second(60), 1}},
        PutReservation{{tcp(8004), "", std::nullopt, 2}},
        PutReservation{{tcp(8005), "", std::nullopt, 3}}},
       {RemoveReservation{tcp(8005)}, PutReservation{{tcp(8003), "changed", std::nullopt, 1}}}});
}

TEST(RegistryLoaderTest, HeldReservationsSurviveWithWhomTheyAreFor) {
  expect_survives({{PutReservation{{tcp(8003), "", std::nullopt, 1, true, "web"}},
                    PutReservation{{tcp(8004), "", std::nullopt, 2, true, ""}},
                    PutReservation{{tcp(8005), "", std::nullopt, 3, true, "db"}}},
                   {PutReservation{{tcp(8005), "", std::nullopt, 3, false, ""}}}});
}

TEST(RegistryLoaderTest, IdentitiesSurviveUntilTheirServiceIsRemoved) {
  auto later = identity_of("web");
  later.pid = 78;
  later.named_itself = false;
  expect_survives({{PutService{service("web")}, PutService{service("db")},
                    PutIdentity{identity_of("web")}, PutIdentity{identity_of("db")}},
                   {PutIdentity{later}, RemoveService{"db"}}});
}

TEST(RegistryLoaderTest, WhenPortsWereGivenUpSurvives) {
  auto moved = given_up("web", 8001);
  moved.event.action = HistoryAction::reassign;
  moved.event.new_port = Port::clamped(8002);
  auto failed = given_up("web", 8004);
  failed.event.action = HistoryAction::move_failed;
  auto kept = given_up("web", 8005);
  kept.event.new_port = kept.event.old_port;
  expect_survives({{moved}, {given_up("web", 8003)}, {given_up("db", 8001), failed, kept}});
}

TEST(RegistryLoaderTest, TheNewestTenThousandReleasesAreKnown) {
  const StoreFolder folder;
  auto connection = migrated(folder.database());
  // One port after the other, a second apart, and the first one again at the end.
  run_sql(folder.database(),
          "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 10001) "
          "INSERT INTO port_history (service_id, host, protocol, action, old_port, new_port, "
          "actor, reason, request_id, at, revision) "
          "SELECT 'web', '127.0.0.1', 'tcp', 'release', iif(i = 10001, 20000, 20000 + i), NULL, "
          "'', '', '', strftime('%Y-%m-%dT%H:%M:%S.000Z', 1700000000 + i, 'unixepoch'), 1 FROM n");
  const auto registry = load_registry(connection, suite_config());
  const auto at = [](int i) { return Timestamp(std::chrono::seconds(1700000000 + i)); };
  EXPECT_EQ(registry.released_at(tcp(20000)), at(10001));
  EXPECT_EQ(registry.released_at(tcp(20001)), std::nullopt);
  EXPECT_EQ(registry.released_at(tcp(20002)), at(2));
  EXPECT_EQ(registry.released_at(tcp(30000)), at(10000));
}

TEST(RegistryLoaderTest, HeldPortsSurviveAlsoOfUnknownServices) {
  expect_survives({{PutHeldPorts{"web", {Port::clamped(8002), Port::clamped(8001)}},
                    PutHeldPorts{"gone", {Port::clamped(8002), Port::clamped(8002)}}},
                   {PutHeldPorts{"web", {Port::clamped(8001)}}}});
}

TEST(RegistryLoaderTest, OpenMovesAndTheCountOfCommittedOnesSurvive) {
  expect_survives(
      {{PutMove{move_of(1, MoveState::pending)}, PutMove{move_of(2, MoveState::planned)}},
       {PutMove{move_of(1, MoveState::committed)}},
       {PutMove{move_of(3, MoveState::rolled_back)}}});
}

TEST(RegistryLoaderTest, OpenConflictsSurviveWithTheirServices) {
  auto duplicate = drift(2);
  duplicate.type = ConflictType::duplicate_assignment;
  duplicate.services = {"web", "db", "api"};
  auto closed = drift(1);
  closed.resolved_at = at_second(9);
  expect_survives({{OpenConflict{drift(1)}, OpenConflict{duplicate}, OpenConflict{drift(3)}},
                   {CloseConflict{closed}}});
}

TEST(RegistryLoaderTest, TheListenerOfAnOpenConflictSurvives) {
  auto renewed = squatted(2, "db", 8002);
  renewed.listener->process = "python3";
  renewed.listener->started.reset();
  expect_survives({{OpenConflict{squatted(1, "web", 8001)}, OpenConflict{squatted(2, "db", 8002)},
                    OpenConflict{squatted(3, "api", 8003)}},
                   {OpenConflict{renewed}, OpenConflict{drift(3)}}});
}

TEST(RegistryLoaderTest, TheLastHealthSurvives) {
  const auto port = Port::clamped(8001);
  expect_survives({{PutService{service("web")}, PutService{service("db")},
                    PutHealth{"web", port, {HealthStatus::healthy, "200", at_second(5)}},
                    PutHealth{"db", port, {HealthStatus::unknown, "", at_second(5)}}},
                   {PutHealth{"web", port, {HealthStatus::unhealthy, "503", at_second(6)}}}});
}

TEST(RegistryLoaderTest, UnknownMembersSurvive) {
  expect_survives({{PutUnknownMembers{R"({"owner":"ops"})"}}});
  expect_survives({{PutUnknownMembers{R"({"owner":"ops"})"}}, {PutUnknownMembers{""}}});
}

TEST(RegistryLoaderTest, HistoryAndAnnouncementsCountAsARevision) {
  expect_survives({{AppendHistory{{0,
                                   "web",
                                   "127.0.0.1",
                                   Protocol::tcp,
                                   HistoryAction::release,
                                   Port::clamped(8001),
                                   std::nullopt,
                                   {},
                                   0}}},
                   {AnnouncePortChange{"web", Port::clamped(8001), std::nullopt}}});
}

TEST(RegistryLoaderTest, ARowThatCannotBeReadNamesItsStatement) {
  const StoreFolder folder;
  auto connection = migrated(folder.database());
  run_sql(
      folder.database(),
      "INSERT INTO reservations VALUES ('h', 'tcp', 8000, '', '....-..-..T..:..:......Z', 1, 1, "
      "0, '')");
  try {
    load_registry(connection, suite_config());
    FAIL() << "loaded";
  } catch (const CorruptRow& corrupt) {
    EXPECT_NE(std::string(corrupt.what()).find("load_reservations"), std::string::npos);
  }
}

}  // namespace
}  // namespace pm::test
