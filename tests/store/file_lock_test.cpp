#include "store/file_lock.h"

#include <gtest/gtest.h>

#include <optional>

#include "store_support.h"

namespace pm::test {
namespace {

TEST(FileLockTest, ASecondHolderIsRefusedUntilTheFirstLetsGo) {
  const StoreFolder folder;
  const auto path = folder.path() / "x.lock";
  {
    const auto first = FileLock::acquire(path);
    ASSERT_TRUE(first);
    const auto second = FileLock::acquire(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::storage_failed);
    EXPECT_NE(second.error().message.find(path.string()), std::string::npos);
  }
  EXPECT_TRUE(FileLock::acquire(path));
}

TEST(FileLockTest, MovingALockKeepsIt) {
  const StoreFolder folder;
  const auto path = folder.path() / "x.lock";
  auto lock = FileLock::acquire(path);
  ASSERT_TRUE(lock);
  std::optional<FileLock> moved(std::move(*lock));
  EXPECT_FALSE(FileLock::acquire(path));
  moved.reset();
  EXPECT_TRUE(FileLock::acquire(path));
}

TEST(FileLockTest, AMissingFolderIsNamed) {
  const StoreFolder folder;
  const auto lock = FileLock::acquire(folder.path() / "missing" / "x.lock");
  ASSERT_FALSE(lock);
  EXPECT_NE(lock.error().message.find("missing/x.lock"), std::string::npos);
}

}  // namespace
}  // namespace pm::test
