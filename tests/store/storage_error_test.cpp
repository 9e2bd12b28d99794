#include "store/storage_error.h"

#include <SQLiteCpp/Exception.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cerrno>

namespace pm::test {
namespace {

TEST(StorageErrorTest, AFullDiskIsToldApart) {
  const auto full = storage_error(SQLite::Exception("full", SQLITE_FULL), 0, "/data/pm.db");
  EXPECT_EQ(full.code, ErrorCode::storage_full);
  EXPECT_NE(full.message.find("Free space on /data "), std::string::npos);

  const SQLite::Exception failed_write("disk I/O error", SQLITE_IOERR_WRITE);
  EXPECT_EQ(storage_error(failed_write, ENOSPC, "/data/pm.db").code, ErrorCode::storage_full);
  EXPECT_EQ(storage_error(failed_write, EDQUOT, "/data/pm.db").code, ErrorCode::storage_full);
  EXPECT_EQ(storage_error(failed_write, EIO, "/data/pm.db").code, ErrorCode::storage_failed);
}

TEST(StorageErrorTest, AnotherErrorNamesTheFileAndWhatSqliteSays) {
  const SQLite::Exception busy("database is locked", SQLITE_BUSY);
  const auto error = storage_error(busy, ENOSPC, "/data/pm.db");
  EXPECT_EQ(error.code, ErrorCode::storage_failed);
  EXPECT_NE(error.message.find("/data/pm.db"), std::string::npos);
  EXPECT_NE(error.message.find("database is locked"), std::string::npos);
}

TEST(StorageErrorTest, WhatCannotBeReadNamesTheFile) {
  const auto error = unreadable_error(SQLite::Exception("disk I/O error", SQLITE_IOERR), "/pm.db");
  EXPECT_EQ(error.code, ErrorCode::storage_failed);
  EXPECT_EQ(error.message, "The database /pm.db cannot be read: disk I/O error");
}

TEST(StorageErrorTest, AnotherWriterIsToldApart) {
  EXPECT_TRUE(is_busy(SQLite::Exception("database is locked", SQLITE_BUSY)));
  EXPECT_TRUE(is_busy(SQLite::Exception("database is locked", SQLITE_BUSY_SNAPSHOT)));
  EXPECT_FALSE(is_busy(SQLite::Exception("disk I/O error", SQLITE_IOERR)));
  EXPECT_FALSE(is_busy(CorruptRow("a row cannot be read")));
}

}  // namespace
}  // namespace pm::test
