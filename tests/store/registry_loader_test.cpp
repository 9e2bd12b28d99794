#include "store/registry_loader.h"

#include <gtest/gtest.h>

#include "store/storage_error.h"
#include "store_support.h"

namespace pm::test {
namespace {

/// Commits each set in turn, then compares what the store says with what a reopened one says.
void expect_survives(const std::vector<std::vector<Change>>& sets) {
  const TempFolder folder;
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
  const TempFolder folder;
  auto connection = migrated(folder.database());
  run_sql(
      folder.database(),
      "INSERT INTO reservations VALUES ('h', 'tcp', 8000, '', '....-..-..T..:..:......Z', 1, 1)");
  try {
    load_registry(connection, suite_config());
    FAIL() << "loaded";
  } catch (const CorruptRow& corrupt) {
    EXPECT_NE(std::string(corrupt.what()).find("load_reservations"), std::string::npos);
  }
}

}  // namespace
}  // namespace pm::test
