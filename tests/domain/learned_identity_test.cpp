#include "domain/learned_identity.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

LearnedIdentity learned(int pid, std::uint64_t start_ticks, std::uint64_t inode) {
  LearnedIdentity identity;
  identity.service_id = "kite";
  identity.boot_id = "boot-1";
  identity.pid = pid;
  identity.start_ticks = start_ticks;
  identity.inode = inode;
  return identity;
}

Listener seen(int pid, std::uint64_t start_ticks, std::uint64_t inode) {
  Listener listener;
  listener.pid = pid;
  listener.start_ticks = start_ticks;
  listener.inode = inode;
  return listener;
}

TEST(LearnedIdentity, IsTheProcessOfThatPidAndStart) {
  const auto identity = learned(12, 500, 77);
  EXPECT_TRUE(identity.is_process(seen(12, 500, 77), "boot-1"));
  EXPECT_TRUE(identity.is_process(seen(12, 500, 78), "boot-1")) << "another socket of the process";
  EXPECT_FALSE(identity.is_process(seen(12, 501, 77), "boot-1")) << "the pid was given again";
  EXPECT_FALSE(identity.is_process(seen(13, 500, 77), "boot-1")) << "the socket was handed on";
}

TEST(LearnedIdentity, IsTheSocketWhereTheOwnerCannotBeSeen) {
  EXPECT_TRUE(learned(0, 0, 77).is_process(seen(0, 0, 77), "boot-1"));
  EXPECT_FALSE(learned(0, 0, 77).is_process(seen(0, 0, 78), "boot-1"));
  EXPECT_TRUE(learned(0, 0, 77).is_process(seen(12, 500, 77), "boot-1")) << "seen by now";
  EXPECT_TRUE(learned(12, 500, 77).is_process(seen(0, 0, 77), "boot-1")) << "not seen any more";
  EXPECT_FALSE(learned(12, 500, 77).is_process(seen(0, 0, 78), "boot-1"));
  EXPECT_FALSE(learned(0, 0, 0).is_process(seen(0, 0, 0), "boot-1")) << "nothing is known";
}

TEST(LearnedIdentity, NamesNoProcessOfAnotherBoot) {
  EXPECT_FALSE(learned(12, 500, 77).is_process(seen(12, 500, 77), "boot-2"));
  EXPECT_FALSE(learned(0, 0, 77).is_process(seen(0, 0, 77), "boot-2"));
}

}  // namespace
}  // namespace pm
