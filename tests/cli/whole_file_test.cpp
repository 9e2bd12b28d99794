#include "cli/whole_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "support/temp_folder.h"

namespace pm {
namespace {

class WholeFileTest : public testing::Test {
 protected:
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& each : std::filesystem::directory_iterator(folder_.path())) {
      count += each.is_regular_file() ? 1 : 0;
    }
    return count;
  }
  static unsigned int mode_of(const std::filesystem::path& path) {
    struct stat status {};
    ::stat(path.c_str(), &status);
    return status.st_mode & 07777U;
  }

  test::TempFolder folder_;
};

TEST_F(WholeFileTest, IsReadAsItWasWritten) {
  const auto path = folder_.path() / "x";
  const std::string text("a\0b\nc", 5);
  ASSERT_TRUE(write_whole_file(path, text));
  EXPECT_EQ(read_whole_file(path).value(), text);
  ASSERT_TRUE(write_whole_file(path, ""));
  EXPECT_EQ(read_whole_file(path).value(), "");
  EXPECT_EQ(files(), 1U) << "nothing is left beside it";
}

TEST_F(WholeFileTest, ADirectoryIsNone) {
  const auto read = read_whole_file(folder_.path());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, folder_.path().string() + " is a directory, not a file.");
}

TEST_F(WholeFileTest, KeepsItsPermissions) {
  const auto path = folder_.path() / "x";
  const auto mask = ::umask(022);
  ASSERT_TRUE(write_whole_file(path, "a"));
  ::umask(mask);
  EXPECT_EQ(mode_of(path), 0644U);
  ::chmod(path.c_str(), 0600);
  ASSERT_TRUE(write_whole_file(path, "b"));
  EXPECT_EQ(mode_of(path), 0600U);
}

TEST_F(WholeFileTest, WhatCannotBeWrittenLeavesNothing) {
  const auto missing = write_whole_file(folder_.path() / "none" / "x", "a");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().status, ExitStatus::failed);
  EXPECT_NE(missing.error().message.find("none/x"), std::string::npos);
  std::filesystem::create_directory(folder_.path() / "folder");
  EXPECT_FALSE(write_whole_file(folder_.path() / "folder", "a"));
  EXPECT_EQ(files(), 0U);
}

TEST_F(WholeFileTest, WhatIsNotThereCannotBeRead) {
  const auto missing = read_whole_file(folder_.path() / "none");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace pm
