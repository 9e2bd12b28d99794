#include "http/replay_buffer.h"

#include <gtest/gtest.h>

namespace pm::test {
namespace {

LiveFrame frame(std::int64_t revision, std::size_t size = 10) {
  const auto bytes = std::make_shared<const std::string>(std::string(size, 'x'));
  return {revision, bytes, bytes, std::make_shared<const std::vector<std::string>>()};
}

/// The revisions of all messages after one.
std::vector<std::int64_t> told_after(const ReplayBuffer& buffer, std::int64_t revision) {
  std::vector<std::int64_t> revisions;
  for (auto each = buffer.first_after(revision); each < buffer.end(); ++each) {
    revisions.push_back(buffer.at(each).revision);
  }
  return revisions;
}

using Revisions = std::vector<std::int64_t>;

TEST(ReplayBuffer, TellsWhatCameAfterARevision) {
  ReplayBuffer buffer({});
  buffer.begin_after(10);
  for (const std::int64_t revision : {11, 13, 13, 14}) buffer.add(frame(revision));
  EXPECT_EQ(told_after(buffer, 10), (Revisions{11, 13, 13, 14}));
  EXPECT_EQ(told_after(buffer, 12), (Revisions{13, 13, 14}));
  EXPECT_EQ(told_after(buffer, 13), (Revisions{14}));
  EXPECT_EQ(told_after(buffer, 14), Revisions{});
}

TEST(ReplayBuffer, ReachesBackToItsBegin) {
  ReplayBuffer buffer({});
  buffer.begin_after(10);
  EXPECT_TRUE(buffer.reaches(10));
  EXPECT_FALSE(buffer.reaches(9));
  EXPECT_EQ(told_after(buffer, 10), Revisions{});
}

TEST(ReplayBuffer, DropsTheOldestRevisionWhole) {
  ReplayBuffer buffer({3, 1'000});
  for (const std::int64_t revision : {1, 1, 2, 3}) buffer.add(frame(revision));
  EXPECT_FALSE(buffer.reaches(0));
  EXPECT_TRUE(buffer.reaches(1));
  EXPECT_EQ(told_after(buffer, 1), (Revisions{2, 3}));
}

TEST(ReplayBuffer, KeepsNoMoreBytesThanItMay) {
  ReplayBuffer buffer({100, 100});
  for (std::int64_t revision = 1; revision <= 20; ++revision) buffer.add(frame(revision, 30));
  EXPECT_EQ(told_after(buffer, 17), (Revisions{18, 19, 20}));
  EXPECT_TRUE(buffer.reaches(17));
  EXPECT_FALSE(buffer.reaches(16));
}

TEST(ReplayBuffer, CountsBothFormsOfAMessage) {
  ReplayBuffer buffer({100, 100});
  for (std::int64_t revision = 1; revision <= 20; ++revision) {
    auto both = frame(revision, 30);
    both.bytes_if_last = frame(revision, 15).bytes;
    buffer.add(both);
  }
  EXPECT_EQ(told_after(buffer, 0), (Revisions{19, 20}));
}

TEST(ReplayBuffer, ARevisionThatHasNoRoomIsNotToldInPart) {
  ReplayBuffer buffer({3, 1'000});
  for (int i = 0; i < 5; ++i) buffer.add(frame(7));
  EXPECT_FALSE(buffer.reaches(6));
  EXPECT_TRUE(buffer.reaches(7));
  EXPECT_EQ(told_after(buffer, 7), Revisions{});
  buffer.add(frame(8));
  EXPECT_EQ(told_after(buffer, 7), (Revisions{8}));
}

TEST(ReplayBuffer, APositionStaysWhileOthersComeAndGo) {
  ReplayBuffer buffer({3, 1'000});
  for (const std::int64_t revision : {1, 2, 3}) buffer.add(frame(revision));
  const auto second = buffer.first_after(1);
  buffer.add(frame(4));
  ASSERT_TRUE(buffer.holds(second));
  EXPECT_EQ(buffer.at(second).revision, 2);
  buffer.add(frame(5));
  EXPECT_FALSE(buffer.holds(second));
  EXPECT_TRUE(buffer.holds(buffer.end()));
}

}  // namespace
}  // namespace pm::test
