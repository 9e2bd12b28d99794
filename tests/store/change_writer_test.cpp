#include "store/change_writer.h"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>
#include <gtest/gtest.h>

#include "store_support.h"

namespace pm::test {
namespace {

class ChangeWriterTest : public testing::Test {
 protected:
  void write(std::vector<Change> changes, const std::string& action = "test") {
    SQLite::Transaction transaction(connection_.database());
    writer_.write({action, std::move(changes)}, context_of("alice", 5), ++revision_);
    transaction.commit();
  }
  std::string ask(const std::string& sql) { return ask_sql(folder_.database(), sql); }

  StoreFolder folder_;
  Connection connection_{migrated(folder_.database())};
  std::vector<std::string> targets_{"hub", "ninja"};
  ChangeWriter writer_{connection_, targets_};
  std::int64_t revision_{0};
};

TEST_F(ChangeWriterTest, EveryCommitHasARowThatSaysWhoWhenAndWhy) {
  write({PutService{service("web")}}, "register");
  EXPECT_EQ(ask("SELECT concat FROM (SELECT revision || '|' || at || '|' || action || '|' || actor "
                "|| '|' || reason || '|' || request_id AS concat FROM changes)"),
            "1|2026-11-22T20:00:05.123Z|register|alice|because|req-5");
}

TEST_F(ChangeWriterTest, RowsCarryTheRevisionThatWroteThemLast) {
  write(placed("web", 8001, 1));
  write(placed("db", 8002, 2));
  EXPECT_EQ(ask("SELECT group_concat(service_id || revision) FROM assignments"), "web1,db2");
  EXPECT_EQ(ask("SELECT group_concat(service_id || revision) FROM services"), "web1,db2");
}

TEST_F(ChangeWriterTest, ServicesMaySwapPortsInOneChangeSet) {
  write(placed("web", 8001, 1));
  write(placed("db", 8002, 2));
  write({PutAssignment{{"web", tcp(8002), false, 3, at_second(2)}},
         PutAssignment{{"db", tcp(8001), false, 4, at_second(2)}}});
  EXPECT_EQ(ask("SELECT group_concat(service_id || port) FROM assignments ORDER BY port"),
            "db8001,web8002");
}

TEST_F(ChangeWriterTest, TheLastChangeOfAnAssignmentCounts) {
  write({PutService{service("web")}, PutAssignment{{"web", tcp(8001), false, 1, at_second(1)}},
         RemoveAssignment{"web"}});
  EXPECT_EQ(ask("SELECT count(*) FROM assignments"), "0");
}

TEST_F(ChangeWriterTest, ASecondHolderThatIsNotContestedIsRefused) {
  write(placed("web", 8001, 1));
  EXPECT_THROW(write(placed("db", 8001, 2)), SQLite::Exception);
  EXPECT_NO_THROW(write(placed("db", 8001, 2, true)));
}

TEST_F(ChangeWriterTest, AnAssignmentOfAnUnknownServiceIsRefused) {
  EXPECT_THROW(write({PutAssignment{{"ghost", tcp(8001), false, 1, at_second(1)}}}),
               SQLite::Exception);
}

TEST_F(ChangeWriterTest, RemovingAServiceBeforeItsAssignmentIsFine) {
  write(placed("web", 8001, 1));
  write({RemoveService{"web"}, RemoveAssignment{"web"}});
  EXPECT_EQ(ask("SELECT count(*) FROM services"), "0");
}

TEST_F(ChangeWriterTest, RemovingAServiceRemovesWhatIsKnownOfItAndKeepsItsHistory) {
  write(placed("web", 8001, 1));
  write({PutHeldPorts{"web", {Port::clamped(8001)}},
         PutHealth{"web", Port::clamped(8001), {HealthStatus::healthy, "", at_second(3)}},
         PutIdentity{identity_of("web")},
         AppendHistory{{0,
                        "web",
                        "127.0.0.1",
                        Protocol::tcp,
                        HistoryAction::assign,
                        std::nullopt,
                        Port::clamped(8001),
                        {},
                        0}}});
  write({RemoveAssignment{"web"}, RemoveService{"web"}});
  EXPECT_EQ(ask("SELECT (SELECT count(*) FROM held_ports) || (SELECT count(*) FROM health_checks) "
                "|| (SELECT count(*) FROM identities) || (SELECT count(*) FROM port_history)"),
            "0001");
}

TEST_F(ChangeWriterTest, HistoryIsFilledInFromTheCommit) {
  write({AppendHistory{{0,
                        "web",
                        "127.0.0.1",
                        Protocol::tcp,
                        HistoryAction::reassign,
                        Port::clamped(8001),
                        Port::clamped(8002),
                        {},
                        0}}});
  EXPECT_EQ(ask("SELECT history_id || '|' || action || '|' || old_port || '|' || new_port || '|' "
                "|| actor || '|' || request_id || '|' || at || '|' || revision FROM port_history"),
            "1|reassign|8001|8002|alice|req-5|2026-11-22T20:00:05.123Z|1");
}

TEST_F(ChangeWriterTest, AnAnnouncementIsQueuedForEachTargetAsOneEvent) {
  write({AnnouncePortChange{"web", std::nullopt, Port::clamped(8001)},
         AnnouncePortChange{"db", Port::clamped(8002), std::nullopt}});
  EXPECT_EQ(ask("SELECT group_concat(event_id || target || service_id || coalesce(old_port, '-') "
                "|| coalesce(new_port, '-')) FROM outbox"),
            "1795377605123-1-1hubweb-8001,1795377605123-1-1ninjaweb-8001,"
            "1795377605123-1-2hubdb8002-,1795377605123-1-2ninjadb8002-");
  EXPECT_EQ(ask("SELECT count(*) FROM outbox WHERE attempts = 0 AND state = 'waiting' AND "
                "next_attempt_at = at"),
            "4");
}

TEST_F(ChangeWriterTest, WithoutTargetsNothingIsQueued) {
  targets_.clear();
  write({AnnouncePortChange{"web", std::nullopt, Port::clamped(8001)}});
  EXPECT_EQ(ask("SELECT count(*) FROM outbox"), "0");
}

TEST_F(ChangeWriterTest, AHeldPortsListGrowsByOneRowAndShrinks) {
  write({PutHeldPorts{"web", {Port::clamped(8001), Port::clamped(8002)}}});
  write({PutHeldPorts{"web", {Port::clamped(8001), Port::clamped(8002), Port::clamped(8003)}}});
  EXPECT_EQ(ask("SELECT group_concat(port || ':' || revision) FROM held_ports"),
            "8001:1,8002:1,8003:2");
  write({PutHeldPorts{"web", {Port::clamped(8009)}}});
  EXPECT_EQ(ask("SELECT group_concat(port || ':' || revision) FROM held_ports"), "8009:3");
  write({PutHeldPorts{"web", {}}});
  EXPECT_EQ(ask("SELECT count(*) FROM held_ports"), "0");
}

TEST_F(ChangeWriterTest, OnlyTheNewestHundredHealthChecksOfAServiceAreKept) {
  std::vector<Change> checks;
  for (int i = 0; i < 130; ++i) {
    checks.push_back(
        PutHealth{"web", Port::clamped(8001), {HealthStatus::healthy, "", at_second(i)}});
  }
  checks.push_back(
      PutHealth{"db", Port::clamped(8002), {HealthStatus::unhealthy, "503", at_second(0)}});
  write(std::move(checks));
  EXPECT_EQ(ask("SELECT group_concat(service_id || n) FROM (SELECT service_id, count(*) AS n FROM "
                "health_checks GROUP BY service_id ORDER BY service_id)"),
            "db1,web100");
  EXPECT_EQ(ask("SELECT min(checked_at) FROM health_checks WHERE service_id = 'web'"),
            "2026-11-22T20:00:30.123Z");
}

TEST_F(ChangeWriterTest, AConflictIsOneRowFromOpenedToClosed) {
  Conflict conflict{
      1, ConflictType::duplicate_assignment, tcp(8001), {"web", "db"}, "two", {}, {}, {}, ""};
  conflict.detected_at = at_second(1);
  write({OpenConflict{conflict}});
  conflict.services = {"web"};
  write({OpenConflict{conflict}});
  conflict.resolved_at = at_second(7);
  conflict.resolution = "db was moved";
  write({CloseConflict{conflict}});
  EXPECT_EQ(ask("SELECT group_concat(opened_at || '|' || closed_at || '|' || resolution) FROM "
                "conflicts"),
            "2026-11-22T20:00:01.123Z|2026-11-22T20:00:07.123Z|db was moved");
  EXPECT_EQ(ask("SELECT group_concat(service_id) FROM conflict_services"), "web");
}

TEST_F(ChangeWriterTest, WhoListenedStaysWhenTheConflictIsClosed) {
  auto conflict = squatted(1, "web", 8001);
  write({OpenConflict{conflict}});
  const auto listener =
      "SELECT line FROM (SELECT listener_address || '|' || listener_port || '|' || listener_pid "
      "|| '|' || listener_process || '|' || listener_executable || '|' || listener_user || '|' || "
      "listener_unit || '|' || listener_started_at || '|' || listener_since AS line "
      "FROM conflicts)";
  const auto nginx =
      "0.0.0.0|8001|4711|nginx|/usr/sbin/nginx|www-data|nginx.service|2026-11-22T19:59:00.123Z|"
      "2026-11-22T19:59:30.123Z";
  EXPECT_EQ(ask(listener), nginx);
  conflict.resolved_at = at_second(7);
  conflict.listener.reset();
  write({CloseConflict{conflict}});
  EXPECT_EQ(ask(listener), nginx);
}

TEST_F(ChangeWriterTest, AConflictWithoutListenerHasNone) {
  auto conflict = squatted(1, "web", 8001);
  write({OpenConflict{conflict}});
  conflict.listener.reset();
  write({OpenConflict{conflict}});
  EXPECT_EQ(ask("SELECT count(*) FROM conflicts WHERE coalesce(listener_address, listener_port, "
                "listener_pid, listener_process, listener_executable, listener_user, "
                "listener_unit, listener_started_at, listener_since) IS NULL"),
            "1");
}

TEST_F(ChangeWriterTest, AServiceHasOneIdentityTheLast) {
  write({PutService{service("web")}, PutIdentity{identity_of("web")}});
  auto later = identity_of("web");
  later.boot_id = "later";
  later.pid = 0;
  later.named_itself = false;
  write({PutIdentity{later}});
  EXPECT_EQ(ask("SELECT group_concat(service_id || '|' || boot_id || '|' || pid || '|' || "
                "start_ticks || '|' || inode || '|' || executable || '|' || named_itself || '|' || "
                "learned_at || '|' || revision) FROM identities"),
            "web|later|0|123456|4294967295|/opt/web|0|2026-11-22T20:00:03.123Z|2");
}

TEST_F(ChangeWriterTest, AnIdentityLearnedTooLateIsNotARefusal) {
  EXPECT_NO_THROW(write({PutIdentity{identity_of("gone")}}));
}

TEST_F(ChangeWriterTest, AMoveIsOneRowFromBegunToEnded) {
  Move move;
  move.move_id = 1;
  move.service_id = "web";
  move.from = tcp(8001);
  move.to = Port::clamped(8002);
  move.context = context_of("bob", 3);
  write({PutMove{move}});
  move.state = MoveState::rolled_back;
  move.outcome = "It did not come up.";
  move.finished_at = at_second(9);
  write({PutMove{move}});
  EXPECT_EQ(
      ask("SELECT group_concat(state || '|' || actor || '|' || started_at || '|' || "
          "finished_at || '|' || outcome) FROM moves"),
      "rolled_back|bob|2026-11-22T20:00:03.123Z|2026-11-22T20:00:09.123Z|It did not come up.");
}

}  // namespace
}  // namespace pm::test
