#include "store/storage_error.h"

#include <SQLiteCpp/Exception.h>
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <cerrno>

namespace pm::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(StorageErrorTest, AFullDiskIsToldApart) {
  const auto full = storage_error(SQLite::Exception("full", SQLITE_FULL), 0, "/data/pm.db");
  EXPECT_EQ(full.code, ErrorCode::storage_full);
  EXPECT_NE(full.message.find("Free space on /data "), std::string::npos);

  const SQLite::Exception failed_write("disk I/O error", SQLITE_IOERR_WRITE);
  EXPECT_EQ(storage_error(failed_write, ENOSPC, "/data/pm.db").code, ErrorCode::storage_full);
  EXPECT_EQ(storage_error(failed_write, EDQUOT, "/data/pm.db").code, ErrorCode::storage_full);
  EXPECT_EQ(storage_error(failed_write, EIO, "/data/pm.db").code, ErrorCode::storage_failed);
}

std::string told(const std::exception& thrown, int system_error = 0) {
  const auto error = storage_error(thrown, system_error, "/data/pm.db");
  EXPECT_EQ(error.code, ErrorCode::storage_failed);
  EXPECT_THAT(error.message, HasSubstr("The database /data/pm.db reports: "));
  EXPECT_THAT(error.message, HasSubstr(std::string(thrown.what()) + ". Nothing was changed. "));
  return error.message;
}

TEST(StorageErrorTest, EachErrorNamesTheFileWhatSqliteSaysAndItsOwnNextStep) {
  const auto writable = HasSubstr("write to it, to its -wal and -shm, and in /data, and see");
  EXPECT_THAT(told(SQLite::Exception("attempt to write a readonly database", SQLITE_READONLY)),
              writable);
  EXPECT_THAT(told(SQLite::Exception("unable to open", SQLITE_CANTOPEN)), writable);
  EXPECT_THAT(told(SQLite::Exception("disk I/O error", SQLITE_IOERR_WRITE), EROFS), writable);
  EXPECT_THAT(told(SQLite::Exception("disk I/O error", SQLITE_IOERR_FSYNC), EIO),
              HasSubstr("The disk refuses (Input/output error): look at it"));
  EXPECT_THAT(told(SQLite::Exception("malformed", SQLITE_CORRUPT_INDEX)), HasSubstr("a backup"));
  EXPECT_THAT(told(SQLite::Exception("not a database", SQLITE_NOTADB)), HasSubstr("a backup"));
  const auto by_hand = HasSubstr("correct the row with sqlite3");
  EXPECT_THAT(told(SQLite::Exception("UNIQUE", SQLITE_CONSTRAINT_UNIQUE)), by_hand);
  EXPECT_THAT(told(CorruptRow("a row cannot be read")), by_hand);
  EXPECT_THAT(told(SQLite::Exception("out of memory", SQLITE_NOMEM)), HasSubstr("Try again; "));
}

TEST(StorageErrorTest, OneThatIsLockedSaysHowToFindWhoHasIt) {
  const SQLite::Exception busy("database is locked", SQLITE_BUSY);
  const auto error = storage_error(busy, ENOSPC, "/data/pm.db");
  EXPECT_EQ(error.code, ErrorCode::storage_failed);
  EXPECT_EQ(error.message,
            "Another program keeps the database /data/pm.db locked. Nothing was changed. End its "
            "transaction and try again; `fuser /data/pm.db` names those who have it open.");
  EXPECT_EQ(unreadable_error(busy, "/data/pm.db").message, error.message);
}

TEST(StorageErrorTest, WhatCannotBeReadNamesTheFileAndTheNextStep) {
  const auto error = unreadable_error(SQLite::Exception("malformed", SQLITE_CORRUPT), "/pm.db");
  EXPECT_EQ(error.code, ErrorCode::storage_failed);
  EXPECT_THAT(error.message, StartsWith("The database /pm.db cannot be read: malformed. It is "));
}

TEST(StorageErrorTest, AnotherWriterIsToldApart) {
  EXPECT_TRUE(is_busy(SQLite::Exception("database is locked", SQLITE_BUSY)));
  EXPECT_TRUE(is_busy(SQLite::Exception("database is locked", SQLITE_BUSY_SNAPSHOT)));
  EXPECT_FALSE(is_busy(SQLite::Exception("disk I/O error", SQLITE_IOERR)));
  EXPECT_FALSE(is_busy(CorruptRow("a row cannot be read")));
}

}  // namespace
}  // namespace pm::test
