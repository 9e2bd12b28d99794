#include "cli/near_match.h"

#include <gtest/gtest.h>

#include <random>

namespace pm {
namespace {

TEST(TypingDistance, CountsMistakes) {
  EXPECT_EQ(typing_distance("list", "list"), 0U);
  EXPECT_EQ(typing_distance("lsit", "list"), 1U) << "two neighbours swapped";
  EXPECT_EQ(typing_distance("lit", "list"), 1U);
  EXPECT_EQ(typing_distance("liste", "list"), 1U);
  EXPECT_EQ(typing_distance("lost", "list"), 1U);
  EXPECT_EQ(typing_distance("", "list"), 4U);
  EXPECT_EQ(typing_distance("reassign", "assign"), 2U);
}

TEST(TypingDistance, IsTheSameBothWaysAndZeroForTheSameOnly) {
  std::mt19937 random(3);
  std::uniform_int_distribution<int> letter('a', 'd');
  const auto word = [&] {
    std::string text;
    for (int i = letter(random) % 6; i >= 0; --i) text += static_cast<char>(letter(random));
    return text;
  };
  for (int i = 0; i < 1'000; ++i) {
    const auto left = word();
    const auto right = word();
    const auto distance = typing_distance(left, right);
    EXPECT_EQ(distance, typing_distance(right, left));
    EXPECT_EQ(distance == 0, left == right);
    EXPECT_LE(distance, std::max(left.size(), right.size()));
  }
}

TEST(NearMatch, NamesWhatWasProbablyMeant) {
  const std::vector<std::string> commands = {"list",    "get",     "assign", "reassign",
                                             "release", "resolve", "history"};
  EXPECT_EQ(near_match("lsit", commands), "list");
  EXPECT_EQ(near_match("asign", commands), "assign");
  EXPECT_EQ(near_match("resolv", commands), "resolve");
  EXPECT_EQ(near_match("hist", commands), "history") << "a beginning";
  EXPECT_EQ(near_match("re", commands), std::nullopt) << "the beginning of several";
  EXPECT_EQ(near_match("destroy", commands), std::nullopt);
  EXPECT_EQ(near_match("x", commands), std::nullopt);
  EXPECT_EQ(near_match("", commands), std::nullopt);
  EXPECT_EQ(near_match("list", {}), std::nullopt);
}

}  // namespace
}  // namespace pm
