#include "cli/revision_cursor.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace pm {
namespace {

TEST(RevisionCursor, BeginsWhereTheServerIs) {
  RevisionCursor cursor(std::nullopt);
  EXPECT_EQ(cursor.since(), std::nullopt);
  cursor.connected(17, false);
  EXPECT_EQ(cursor.since(), 17);
  EXPECT_FALSE(cursor.is_news(17, false));
  EXPECT_TRUE(cursor.is_news(18, false));
  EXPECT_EQ(cursor.since(), 18);
}

TEST(RevisionCursor, BeginsWhereItIsTold) {
  RevisionCursor cursor(3);
  EXPECT_EQ(cursor.since(), 3);
  cursor.connected(17, true);
  EXPECT_EQ(cursor.since(), 3);
  EXPECT_TRUE(cursor.is_news(4, false));
}

TEST(RevisionCursor, ARevisionThatIsHalfToldIsAskedForAgainAndToldOnce) {
  RevisionCursor cursor(3);
  cursor.connected(4, true);
  EXPECT_TRUE(cursor.is_news(4, true));
  EXPECT_TRUE(cursor.is_news(4, true));
  EXPECT_EQ(cursor.since(), 3);
  cursor.connected(4, true);
  EXPECT_FALSE(cursor.is_news(4, true));
  EXPECT_FALSE(cursor.is_news(4, true));
  EXPECT_TRUE(cursor.is_news(4, false));
  EXPECT_EQ(cursor.since(), 4);
}

TEST(RevisionCursor, ANewRevisionEndsTheOneBefore) {
  RevisionCursor cursor(3);
  cursor.connected(5, true);
  // The last message of 4 is about a service that was not asked for.
  EXPECT_TRUE(cursor.is_news(4, true));
  EXPECT_TRUE(cursor.is_news(5, true));
  EXPECT_EQ(cursor.since(), 4);
}

TEST(RevisionCursor, AfterAGapItGoesOnFromWhereTheServerIs) {
  RevisionCursor cursor(90);
  cursor.connected(2, false);
  EXPECT_EQ(cursor.since(), 2);
  EXPECT_TRUE(cursor.is_news(3, false));
}

/// However often and wherever the connection is cut: each message once, in order.
TEST(RevisionCursor, TellsEachMessageOnceHoweverItIsCut) {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    struct Message {
      int revision;
      int place;
      bool more;
    };
    std::vector<Message> log;
    for (int revision = 1; revision <= 20; ++revision) {
      const int count = std::uniform_int_distribution<int>(1, 4)(random);
      for (int i = 0; i < count; ++i) log.push_back({revision, i, i + 1 < count});
    }
    RevisionCursor cursor(0);
    std::vector<std::pair<int, int>> told;
    while (cursor.since() < 20) {
      cursor.connected(20, true);
      const auto asked = cursor.since();
      int left = std::uniform_int_distribution<int>(0, 9)(random);
      for (const auto& message : log) {
        if (message.revision <= asked) continue;
        if (left-- == 0) break;
        if (cursor.is_news(message.revision, message.more)) {
          told.emplace_back(message.revision, message.place);
        }
      }
    }
    ASSERT_EQ(told.size(), log.size());
    for (std::size_t i = 0; i < log.size(); ++i) {
      EXPECT_EQ(told[i], std::pair(log[i].revision, log[i].place));
    }
  }
}

}  // namespace
}  // namespace pm
