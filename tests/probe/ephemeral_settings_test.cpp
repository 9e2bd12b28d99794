#include "probe/ephemeral_settings.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace pm {
namespace {

namespace fs = std::filesystem;

Port port(int number) {
  return Port::clamped(number);
}

/// A folder with files like those of /proc/sys/net/ipv4.
class EphemeralSettingsOf : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("pm_sysctl_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    write("ip_local_port_range", "32768\t60999\n");
    write("ip_local_reserved_ports", "\n");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const char* name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }

  fs::path folder_;
};

TEST_F(EphemeralSettingsOf, FollowsEachChange) {
  EphemeralSettings settings(folder_);
  EXPECT_TRUE(settings.read().contains(port(40000)));
  EXPECT_FALSE(settings.read().contains(port(8000)));
  write("ip_local_reserved_ports", "39999-40001\n");
  EXPECT_FALSE(settings.read().contains(port(40000)));
  write("ip_local_port_range", "7000\t60999\n");
  EXPECT_TRUE(settings.read().contains(port(8000)));
  write("ip_local_reserved_ports", "\n");
  EXPECT_TRUE(settings.read().contains(port(40000)));
}

TEST_F(EphemeralSettingsOf, ReadsAListOfAnyLength) {
  std::string list;
  for (int number = 33000; number <= 60998; number += 2) list += std::to_string(number) + ",";
  list.back() = '\n';
  write("ip_local_reserved_ports", list);
  EphemeralSettings settings(folder_);
  const auto ports = settings.read();
  EXPECT_FALSE(ports.contains(port(33000)));
  EXPECT_FALSE(ports.contains(port(60998)));
  EXPECT_TRUE(ports.contains(port(60999)));
}

TEST_F(EphemeralSettingsOf, AreNoneWhenTheyCannotBeReadOrUnderstood) {
  EXPECT_FALSE(EphemeralSettings(folder_ / "missing").read().range());
  EphemeralSettings settings(folder_);
  ASSERT_TRUE(settings.read().range());
  write("ip_local_port_range", "soon\n");
  EXPECT_FALSE(settings.read().range());
}

TEST(EphemeralSettings, AreTheKernelsOwn) {
  int lo = 0;
  int hi = 0;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> lo >> hi;
  EphemeralSettings settings;
  for (int i = 0; i < 2; ++i) {
    const auto ports = settings.read();
    ASSERT_TRUE(ports.range());
    EXPECT_EQ(ports.range()->lo.value(), lo);
    EXPECT_EQ(ports.range()->hi.value(), hi);
  }
}

}  // namespace
}  // namespace pm
