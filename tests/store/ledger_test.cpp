#include "store/ledger.h"

#include <SQLiteCpp/Column.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "store_support.h"

namespace pm::test {
namespace {

class LedgerTest : public testing::Test {
 protected:
  static CommitRequest request(std::vector<Change> changes) {
    return {context_of("alice"), rule_of(std::move(changes))};
  }
  Expected<std::vector<Ledger::Answer>> commit(std::vector<CommitRequest> requests) {
    return ledger_->commit(requests);
  }
  void expect_as_on_disk() {
    Ledger reopened(migrated(folder_.database()), suite_config(), ledger_options());
    EXPECT_EQ(dump(*reopened.state()), dump(*ledger_->state()));
  }

  StoreFolder folder_;
  std::unique_ptr<Ledger> ledger_{
      std::make_unique<Ledger>(migrated(folder_.database()), suite_config(), ledger_options())};
};

TEST_F(LedgerTest, EachRequestSeesThoseBeforeItAndGetsItsOwnRevision) {
  const auto sees_web = [](Draft& draft) -> Expected<void> {
    if (!draft.registry().service("web")) return fail(ErrorCode::unknown_service, "no web");
    draft.apply(PutService{service("db")});
    return {};
  };
  const auto answers = commit({request(placed("web", 8001, 1)), {context_of("bob"), sees_web}});
  ASSERT_TRUE(answers);
  ASSERT_EQ(answers->size(), 2U);
  EXPECT_EQ((*answers)[0]->revision, 1);
  EXPECT_EQ((*answers)[0]->registry->revision(), 1);
  EXPECT_FALSE((*answers)[0]->registry->service("db"));
  EXPECT_EQ((*answers)[1]->revision, 2);
  EXPECT_TRUE((*answers)[1]->registry->service("db"));

  const auto notices = ledger_->take_notices();
  ASSERT_EQ(notices.size(), 2U);
  EXPECT_EQ(notices[1].revision, 2);
  EXPECT_EQ(notices[1].context.actor, "bob");
  EXPECT_EQ(notices[0].registry->revision(), 2);
  EXPECT_EQ(notices[0].group_size, 0U);
  EXPECT_EQ(notices[0].disk_time.count(), 0);
  EXPECT_EQ(notices[1].group_size, 2U);
  EXPECT_GT(notices[1].disk_time.count(), 0);
  expect_as_on_disk();
}

TEST_F(LedgerTest, ARuleThatRefusesOrThrowsConcernsItsCallerOnly) {
  const auto refuses = [](Draft& draft) -> Expected<void> {
    draft.apply(PutService{service("half")});
    return fail(ErrorCode::port_taken, "taken");
  };
  const auto throws = [](Draft&) -> Expected<void> { throw std::runtime_error("oops"); };
  const auto answers = commit({{context_of("a"), refuses},
                               request({PutService{service("web")}}),
                               {context_of("c"), throws}});
  ASSERT_TRUE(answers);
  EXPECT_EQ((*answers)[0].error().code, ErrorCode::port_taken);
  EXPECT_EQ((*answers)[1]->revision, 1);
  EXPECT_EQ((*answers)[2].error().code, ErrorCode::internal);
  EXPECT_FALSE(ledger_->state()->service("half"));
  expect_as_on_disk();
}

TEST_F(LedgerTest, ARuleThatChangesNothingCommitsNothing) {
  const auto answers = commit({request({})});
  ASSERT_TRUE(answers);
  EXPECT_EQ((*answers)[0]->revision, 0);
  EXPECT_EQ((*answers)[0]->registry, ledger_->state());
  EXPECT_TRUE(ledger_->take_notices().empty());
  EXPECT_EQ(ask_sql(folder_.database(), "SELECT count(*) FROM changes"), "0");
}

TEST_F(LedgerTest, WhatTheDatabaseRefusesIsRolledBackWithItsWholeGroup) {
  // The draft accepts two holders that are not contested; the index does not.
  auto twice = placed("a", 8001, 1);
  for (auto& change : placed("b", 8001, 2)) twice.push_back(change);
  const auto answers = commit({request(placed("web", 8005, 1)), request(twice)});
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, ErrorCode::storage_failed);
  EXPECT_EQ(ledger_->state()->revision(), 0);
  EXPECT_TRUE(ledger_->take_notices().empty());

  EXPECT_TRUE(commit({request(placed("web", 8005, 1))}));
  EXPECT_FALSE(commit({request(twice)}));
  EXPECT_EQ(ledger_->state()->revision(), 1);
  expect_as_on_disk();
}

TEST_F(LedgerTest, ABrokenForeignKeyIsFoundAtTheCommitAndRolledBack) {
  EXPECT_FALSE(commit({request({PutAssignment{{"ghost", tcp(8001), false, 1, at_second(0)}}})}));
  EXPECT_TRUE(commit({request(placed("web", 8001, 1))}));
  expect_as_on_disk();
}

TEST_F(LedgerTest, AFullDatabaseIsToldApartAndOutlived) {
  ledger_.reset();
  auto connection = migrated(folder_.database());
  const auto pages = connection.database().execAndGet("PRAGMA page_count").getInt();
  connection.database().exec("PRAGMA max_page_count = " + std::to_string(pages + 3));
  ledger_ = std::make_unique<Ledger>(std::move(connection), suite_config(), ledger_options());

  const auto full = commit({request({PutUnknownMembers{std::string(1'000'000, 'x')}})});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::storage_full);
  EXPECT_TRUE(commit({request({PutService{service("web")}})}));
  expect_as_on_disk();
}

TEST_F(LedgerTest, ALockedDatabaseFailsTheRequestsAndIsOutlived) {
  ledger_.reset();
  Connection impatient(folder_.database(), Connection::Access::read_write_create,
                       std::chrono::milliseconds(1));
  ledger_ = std::make_unique<Ledger>(std::move(impatient), suite_config(), ledger_options());
  SQLite::Database shell(folder_.database().string(), SQLite::OPEN_READWRITE);
  shell.exec("BEGIN IMMEDIATE");
  const auto answers = commit({request({PutService{service("a")}}), request({})});
  ASSERT_TRUE(answers);
  ASSERT_EQ(answers->size(), 2U);
  EXPECT_EQ((*answers)[0].error().code, ErrorCode::storage_failed);
  EXPECT_EQ((*answers)[1].error().code, ErrorCode::storage_failed);
  shell.exec("ROLLBACK");
  EXPECT_TRUE((*commit({request({PutService{service("a")}})}))[0]);
}

TEST_F(LedgerTest, AnOutsideChangeIsTakenOverBeforeTheNextRequestAndCountsAsARevision) {
  ASSERT_TRUE(commit({request({PutService{service("web")}})}));
  ledger_->take_notices();
  run_sql(folder_.database(), "UPDATE services SET name = 'Fixed by hand'");

  const auto answers = commit({request({PutService{service("db")}})});
  ASSERT_TRUE(answers);
  EXPECT_EQ((*answers)[0]->revision, 3);
  EXPECT_EQ((*answers)[0]->registry->service("web")->name, "Fixed by hand");
  const auto notices = ledger_->take_notices();
  ASSERT_EQ(notices.size(), 2U);
  EXPECT_EQ(notices[0].revision, 2);
  EXPECT_EQ(notices[0].changes->action, "external");
  EXPECT_EQ(
      ask_sql(folder_.database(), "SELECT actor || action || at FROM changes WHERE revision = 2"),
      "externalexternal2026-11-22T20:01:39.123Z");
  expect_as_on_disk();
}

TEST_F(LedgerTest, AnOutsideChangeOfTheKernelsRowsIsTakenOverToo) {
  auto rows = placed("web", 8001, 1);
  for (Change each :
       std::initializer_list<Change>{PutService{service("db")}, PutIdentity{identity_of("web")},
                                     PutIdentity{identity_of("db")},
                                     PutReservation{{tcp(8003), "", std::nullopt, 1, true, "web"}},
                                     OpenConflict{squatted(1, "web", 8001)}}) {
    rows.push_back(std::move(each));
  }
  ASSERT_TRUE(commit({request(std::move(rows))}));
  run_sql(folder_.database(),
          "BEGIN; UPDATE identities SET pid = 99 WHERE service_id = 'web';"
          "DELETE FROM services WHERE service_id = 'db';"
          "UPDATE reservations SET service_id = 'api';"
          "UPDATE conflicts SET listener_process = 'mended';"
          "INSERT INTO port_history VALUES (1, 'web', '127.0.0.1', 'tcp', 'release', 8001, NULL, "
          "'carol', '', '', '2026-11-22T20:00:00.000Z', 2); COMMIT");
  ASSERT_TRUE(ledger_->take_over_outside_changes());
  const auto state = ledger_->state();
  EXPECT_EQ(state->identity("web")->pid, 99);
  EXPECT_EQ(state->identity("db"), nullptr);
  EXPECT_TRUE(state->reservation(tcp(8003))->hold);
  EXPECT_EQ(state->reservation(tcp(8003))->service_id, "api");
  EXPECT_EQ(state->open_conflicts().find(1)->listener->process, "mended");
  EXPECT_EQ(state->released_at(tcp(8001)), at_second(0) - std::chrono::milliseconds(123));
  expect_as_on_disk();
}

TEST_F(LedgerTest, AnOutsideChangeMayBringItsOwnRevision) {
  run_sql(folder_.database(),
          "BEGIN; INSERT INTO changes VALUES (1, '2026-11-22T20:00:00.000Z', 'repair', 'carol', "
          "'', ''); INSERT INTO settings VALUES ('unknown_members', '{}', 1); COMMIT");
  ASSERT_TRUE(ledger_->take_over_outside_changes());
  EXPECT_EQ(ledger_->state()->revision(), 1);
  EXPECT_EQ(ledger_->state()->unknown_members(), "{}");
  EXPECT_EQ(ask_sql(folder_.database(), "SELECT group_concat(actor) FROM changes"), "carol");
}

/// What somebody does who gives a port by hand.
std::string assigned_by_hand(const std::string& service_id, int port, bool contested, int age) {
  const std::string quoted = "'" + service_id + "'";
  return "INSERT INTO services VALUES (" + quoted + ", " + quoted +
         ", NULL, '/health', '', '', '2026-11-22T20:00:00.000Z', 1);"
         "INSERT INTO assignments VALUES (" +
         quoted + ", '127.0.0.1', 'tcp', " + std::to_string(port) + ", " +
         std::to_string(int{contested}) + ", " + std::to_string(age) +
         ", '2026-11-22T20:00:00.000Z', 1);";
}

TEST_F(LedgerTest, ConflictsThatAnOutsideChangeMakesAreOpenedAndClosedAsARevision) {
  ASSERT_TRUE(commit({request(placed("web", 8001, 1))}));
  ledger_->take_notices();
  run_sql(folder_.database(),
          "BEGIN;" + assigned_by_hand("second", 8001, true, 7) +
              "INSERT INTO reservations (host, protocol, port, reason, sequence, revision) VALUES "
              "('127.0.0.1', 'tcp', 8001, 'by hand', 8, 1); COMMIT");
  ASSERT_TRUE(ledger_->take_over_outside_changes());
  EXPECT_EQ(ledger_->state()->open_conflicts().size(), 3U) << "a duplicate, and two reserved ports";
  const auto notices = ledger_->take_notices();
  ASSERT_EQ(notices.size(), 2U);
  EXPECT_EQ(notices[0].changes->action, "external");
  EXPECT_EQ(notices[0].revision, 2);
  EXPECT_TRUE(notices[0].registry->open_conflicts().empty());
  EXPECT_EQ(notices[1].changes->action, "recheck");
  EXPECT_EQ(notices[1].revision, 3);
  EXPECT_EQ(notices[1].context.actor, suite_config()->self_id);
  ASSERT_EQ(notices[1].changes->changes.size(), 4U) << "and the new port, announced";
  EXPECT_EQ(std::get<AnnouncePortChange>(notices[1].changes->changes.front()).service_id, "second");
  EXPECT_EQ(notices[1].registry, ledger_->state());
  EXPECT_EQ(ask_sql(folder_.database(), "SELECT group_concat(action, ' ') FROM changes"),
            "test external recheck");
  expect_as_on_disk();

  run_sql(folder_.database(),
          "BEGIN; DELETE FROM assignments WHERE service_id = 'web'; DELETE FROM reservations;"
          "COMMIT");
  ASSERT_TRUE(ledger_->take_over_outside_changes());
  EXPECT_TRUE(ledger_->state()->open_conflicts().empty());
  EXPECT_FALSE(ledger_->state()->assignment("second")->contested);
  EXPECT_EQ(ask_sql(folder_.database(),
                    "SELECT count(*) FROM conflicts WHERE closed_at IS NOT NULL AND revision = 5"),
            "3");
  expect_as_on_disk();
}

TEST_F(LedgerTest, FlagsThatAnOutsiderHasSwappedAreSwappedBack) {
  ASSERT_TRUE(commit({request(placed("old", 8001, 1)), request(placed("young", 8001, 2, true))}));
  run_sql(folder_.database(),
          "BEGIN; UPDATE assignments SET contested = 1 WHERE service_id = 'old';"
          "UPDATE assignments SET contested = 0 WHERE service_id = 'young'; COMMIT");
  const auto answers = commit({request({PutService{service("db")}})});
  ASSERT_TRUE(answers);
  ASSERT_TRUE((*answers)[0]);
  EXPECT_FALSE(ledger_->state()->assignment("old")->contested);
  EXPECT_TRUE(ledger_->state()->assignment("young")->contested);
  expect_as_on_disk();
}

TEST_F(LedgerTest, AnOutsidersAssignmentOfAServiceThatIsNotThereRegistersIt) {
  ASSERT_TRUE(commit({request(placed("web", 8001, 1))}));
  // The shell leaves foreign keys unchecked.
  run_sql(folder_.database(), "PRAGMA foreign_keys = OFF; BEGIN;" +
                                  assigned_by_hand("stray", 8001, true, 1) +
                                  "DELETE FROM services WHERE service_id = 'stray'; COMMIT");
  EXPECT_TRUE(ledger_->take_over_outside_changes());
  EXPECT_EQ(ledger_->state()->open_conflicts().size(), 1U);
  run_sql(folder_.database(), "DELETE FROM assignments WHERE service_id = 'web'");
  EXPECT_TRUE(ledger_->take_over_outside_changes());
  EXPECT_FALSE(ledger_->state()->assignment("stray")->contested);
  EXPECT_TRUE(ledger_->state()->service("stray"));
  EXPECT_TRUE((*commit({request({RemoveAssignment{"stray"}, RemoveService{"stray"}})}))[0]);
  expect_as_on_disk();
}

TEST_F(LedgerTest, ItsOwnCommitsAreNotOutsideChanges) {
  ASSERT_TRUE(commit({request({PutService{service("web")}})}));
  const auto state = ledger_->state();
  ASSERT_TRUE(ledger_->take_over_outside_changes());
  EXPECT_EQ(ledger_->state(), state);
}

TEST_F(LedgerTest, IdsNeverGoBackWhenAnOutsiderDeletesRows) {
  Conflict conflict;
  conflict.conflict_id = 5;
  conflict.type = ConflictType::drift;
  conflict.key = tcp(8001);
  ASSERT_TRUE(commit({request({OpenConflict{conflict}})}));
  run_sql(folder_.database(), "DELETE FROM conflicts");
  ASSERT_TRUE(ledger_->take_over_outside_changes());
  EXPECT_TRUE(ledger_->state()->open_conflicts().empty());
  EXPECT_EQ(ledger_->state()->next_conflict_id(), 6);
}

TEST_F(LedgerTest, WhileAnOutsideChangeCannotBeReadNothingIsCommitted) {
  ASSERT_TRUE(commit({request({PutService{service("web")}})}));
  run_sql(folder_.database(), "UPDATE services SET registered_at = '2026-99-99T99:99:99.999Z'");
  EXPECT_FALSE(ledger_->take_over_outside_changes());
  const auto refused = commit({request({PutService{service("db")}})});
  ASSERT_TRUE(refused);
  EXPECT_EQ((*refused)[0].error().code, ErrorCode::storage_failed);
  EXPECT_NE((*refused)[0].error().message.find("load_services"), std::string::npos);

  run_sql(folder_.database(), "UPDATE services SET registered_at = '2026-11-22T20:00:00.000Z'");
  EXPECT_TRUE((*commit({request({PutService{service("db")}})}))[0]);
  expect_as_on_disk();
}

/// What somebody does who shares the writer without changing the registry.
void put_note(Connection& connection) {
  connection.query("put_setting")
      .set(":key", "note")
      .set(":value", "x")
      .set(":revision", std::int64_t{1})
      .run();
}

TEST_F(LedgerTest, WhatIsWrittenAsideIsNoRevisionAndNoOutsideChange) {
  ASSERT_TRUE(commit({request({PutService{service("web")}})}));
  ledger_->take_notices();
  const auto before = ledger_->state();
  ASSERT_TRUE(ledger_->write_aside(put_note).value());
  ASSERT_TRUE(ledger_->take_over_outside_changes());
  EXPECT_EQ(ledger_->state(), before);
  EXPECT_TRUE(ledger_->take_notices().empty());
  EXPECT_EQ((*commit({request({PutService{service("db")}})}))[0]->revision, 2);
  EXPECT_EQ(ask_sql(folder_.database(), "SELECT count(*) FROM settings WHERE key = 'note'"), "1");
}

TEST_F(LedgerTest, WorkAsideThatFailsLeavesNothingAndHarmsNobody) {
  const auto failed = ledger_->write_aside([](Connection& connection) {
    put_note(connection);
    throw std::runtime_error("oops");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::storage_failed);
  EXPECT_EQ(ask_sql(folder_.database(), "SELECT count(*) FROM settings WHERE key = 'note'"), "0");
  EXPECT_TRUE(commit({request({PutService{service("web")}})}));
  expect_as_on_disk();
}

TEST_F(LedgerTest, WorkAsideIsNotBegunWhileAnotherProgramWrites) {
  SQLite::Database shell(folder_.database().string(), SQLite::OPEN_READWRITE);
  shell.exec("BEGIN IMMEDIATE");
  bool begun = false;
  const auto written = ledger_->write_aside([&](Connection&) { begun = true; });
  ASSERT_TRUE(written);
  EXPECT_FALSE(*written);
  EXPECT_FALSE(begun);
  shell.exec("ROLLBACK");
  EXPECT_TRUE(ledger_->write_aside(put_note).value());
}

TEST_F(LedgerTest, AnOutsideChangeBeforeWorkAsideIsTakenOverAfterwards) {
  ASSERT_TRUE(commit({request({PutService{service("web")}})}));
  run_sql(folder_.database(), "UPDATE services SET name = 'Fixed by hand'");
  ASSERT_TRUE(ledger_->write_aside(put_note).value());
  EXPECT_EQ(ledger_->state()->service("web")->name, "The web");
  ASSERT_TRUE(ledger_->take_over_outside_changes());
  EXPECT_EQ(ledger_->state()->service("web")->name, "Fixed by hand");
  EXPECT_EQ(ledger_->state()->revision(), 2);
}
}  // namespace
}  // namespace pm::test
