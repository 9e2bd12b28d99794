#include "probe/socket_owner.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "support/test_socket.h"

namespace pm {
namespace {

namespace fs = std::filesystem;

TEST(SocketOwner, IsThisProcessForItsOwnSockets) {
  const auto tcp = test::listen_on("127.0.0.1");
  const auto udp = test::udp_on("127.0.0.1", test::free_port());
  const auto owners = find_owners({tcp.inode(), udp.inode()});
  ASSERT_EQ(owners.size(), 2);
  for (const auto& [inode, owner] : owners) {
    EXPECT_EQ(owner.pid, ::getpid());
    EXPECT_FALSE(owner.keeper);
  }
}

TEST(SocketOwner, IsMissingForASocketThatIsGone) {
  auto socket = test::listen_on("127.0.0.1");
  const auto inode = socket.inode();
  socket.close();
  EXPECT_TRUE(find_owners({inode}).empty());
}

/// A folder like /proc, with processes that hold what the test says.
class FakeProc : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("pm_proc_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void add_process(int pid, const std::string& name, const std::string& link) const {
    const auto process = folder_ / std::to_string(pid);
    fs::create_directories(process / "fd");
    std::ofstream(process / "comm") << name << '\n';
    fs::create_symlink(link, process / "fd" / "3");
  }

  fs::path folder_;
};

TEST_F(FakeProc, TheLowestPidIsTheOwnerOfASharedSocket) {
  add_process(1000, "worker", "socket:[7]");
  add_process(999, "parent", "socket:[7]");
  const auto owners = find_owners({7}, folder_);
  ASSERT_EQ(owners.size(), 1);
  EXPECT_EQ(owners.at(7).pid, 999);
}

TEST_F(FakeProc, SystemdIsTheOwnerOnlyUntilAServiceHasTheSocket) {
  add_process(1, "systemd", "socket:[7]");
  const auto alone = find_owners({7}, folder_);
  ASSERT_EQ(alone.size(), 1);
  EXPECT_EQ(alone.at(7).pid, 1);
  EXPECT_TRUE(alone.at(7).keeper);
  add_process(800, "service", "socket:[7]");
  const auto handed_over = find_owners({7}, folder_);
  ASSERT_EQ(handed_over.size(), 1);
  EXPECT_EQ(handed_over.at(7).pid, 800);
  EXPECT_FALSE(handed_over.at(7).keeper);
}

TEST_F(FakeProc, AnOwnerHoldsTheSocketUntilItsDescriptorIsAnother) {
  add_process(999, "service", "socket:[7]");
  const auto owner = find_owners({7}, folder_).at(7);
  EXPECT_EQ(owner.fd, 3);
  EXPECT_TRUE(still_holds(owner, 7, folder_));
  EXPECT_FALSE(still_holds(owner, 8, folder_));
  EXPECT_FALSE(still_holds({1000, 3, false}, 7, folder_));
  fs::remove(folder_ / "999" / "fd" / "3");
  fs::create_symlink("/dev/null", folder_ / "999" / "fd" / "3");
  EXPECT_FALSE(still_holds(owner, 7, folder_));
}

TEST_F(FakeProc, WhatIsNoSocketAndWhatIsNoProcessIsPassedOver) {
  add_process(1, "init", "pipe:[7]");
  add_process(2, "odd", "socket:[7]x");
  fs::create_directories(folder_ / "sys");
  fs::create_directories(folder_ / "3");  // a process whose descriptors may not be read
  EXPECT_TRUE(find_owners({7}, folder_).empty());
  EXPECT_TRUE(find_owners({7}, folder_ / "missing").empty());
}

}  // namespace
}  // namespace pm
