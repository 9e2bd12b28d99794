#include "app/config_admin.h"

#include <gmock/gmock.h>

#include "app/world.h"
#include "support/fake_config_archive.h"

namespace pm::test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;

class ConfigAdminTest : public testing::Test, public World {
 protected:
  FakeConfigArchive archive;
  ConfigAdmin admin{store, archive, clock};
};

TEST_F(ConfigAdminTest, BacksUpWhatIsThere) {
  have("kite", 8000);
  EXPECT_EQ(*admin.backup("monday"), "monday");
  EXPECT_EQ(*admin.backup(""), "by-time");
  EXPECT_EQ(archive.written.at("monday"), 1);
  EXPECT_EQ(admin.backup("monday").error().code, ErrorCode::already_exists);
  EXPECT_EQ(admin.backups()->size(), 2U);
  EXPECT_EQ(store.snapshot()->revision(), 1);
}

TEST_F(ConfigAdminTest, GivesTheTextOfABackup) {
  ASSERT_TRUE(admin.backup("monday"));
  EXPECT_EQ(*admin.backup_text("monday"), "the text of monday");
  EXPECT_EQ(admin.backup_text("tuesday").error().code, ErrorCode::not_found);
}

TEST_F(ConfigAdminTest, ExportsTheStateAsOfNow) {
  have("kite", 8000);
  EXPECT_EQ(admin.export_text(),
            "1 last_updated " + std::to_string(ManualClock::start.time_since_epoch().count()));
}

TEST_F(ConfigAdminTest, ImportReplacesAssignments) {
  have("kite", 8000);
  const auto committed = admin.import(context, "wren");
  ASSERT_TRUE(committed);
  EXPECT_EQ(committed->revision, 2);
  EXPECT_EQ(port_of("kite"), 0);
  EXPECT_EQ(port_of("wren"), 8001);
  EXPECT_THAT(history(),
              ElementsAre(HistoryAction::assign, HistoryAction::import, HistoryAction::import));
}

TEST_F(ConfigAdminTest, RestoreIsRecordedAsOne) {
  ASSERT_TRUE(admin.backup("monday"));
  ASSERT_TRUE(admin.restore(context, "monday"));
  EXPECT_EQ(port_of("kite"), 8002);
  EXPECT_THAT(history(), ElementsAre(HistoryAction::restore));
}

TEST_F(ConfigAdminTest, WhatCannotBeReadChangesNothing) {
  have("kite", 8000);
  EXPECT_EQ(admin.import(context, "").error().code, ErrorCode::invalid_json);
  EXPECT_EQ(admin.restore(context, "tuesday").error().code, ErrorCode::not_found);
  EXPECT_EQ(store.snapshot()->revision(), 1);
}

TEST_F(ConfigAdminTest, NothingIsReplacedDuringAMove) {
  have("kite", 8000);
  begin("kite", 8005);
  EXPECT_EQ(admin.import(context, "wren").error().code, ErrorCode::move_in_progress);
  EXPECT_EQ(port_of("kite"), 8000);
}

TEST_F(ConfigAdminTest, ResetBacksUpFirst) {
  have("kite", 8000);
  const auto reset = admin.reset(context);
  ASSERT_TRUE(reset);
  EXPECT_EQ(reset->backup_file, "by-time");
  EXPECT_EQ(archive.written.at("by-time"), 1);
  EXPECT_EQ(reset->committed.revision, 2);
  EXPECT_EQ(port_of("kite"), 0);
  EXPECT_EQ(port_of("default"), 8003);
  EXPECT_THAT(history(),
              ElementsAre(HistoryAction::assign, HistoryAction::reset, HistoryAction::reset));
}

TEST_F(ConfigAdminTest, WithoutABackupThereIsNoReset) {
  have("kite", 8000);
  archive.full = true;
  EXPECT_EQ(admin.reset(context).error().code, ErrorCode::storage_full);
  EXPECT_EQ(port_of("kite"), 8000);
}

TEST_F(ConfigAdminTest, WithoutDefaultsThereIsNotEvenABackup) {
  archive.no_defaults = true;
  EXPECT_EQ(admin.reset(context).error().code, ErrorCode::internal);
  EXPECT_THAT(archive.written, IsEmpty());
}

TEST_F(ConfigAdminTest, ARefusedResetNamesTheBackupThatItLeft) {
  have("kite", 8000);
  begin("kite", 8005);
  const auto reset = admin.reset(context);
  ASSERT_FALSE(reset);
  EXPECT_EQ(reset.error().code, ErrorCode::move_in_progress);
  EXPECT_THAT(reset.error().message,
              EndsWith(" The backup by-time was written, nothing else has changed."));
  EXPECT_EQ(port_of("kite"), 8000);
}

}  // namespace
}  // namespace pm::test
