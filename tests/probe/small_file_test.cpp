#include "probe/small_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace pm {
namespace {

TEST(SmallFile, ReadsTheFirstFourKilobytes) {
  const auto path =
      std::filesystem::path(testing::TempDir()) / ("pm_small_file_" + std::to_string(::getpid()));
  std::ofstream(path) << "4711\n" << std::string(5000, 'x');
  const auto text = read_small_file(path);
  std::filesystem::remove(path);
  EXPECT_EQ(text.size(), 4096);
  EXPECT_EQ(text.substr(0, 6), "4711\nx");
}

TEST(SmallFile, IsEmptyWhenThereIsNone) {
  EXPECT_EQ(read_small_file("/proc/0/stat"), "");
}

}  // namespace
}  // namespace pm
