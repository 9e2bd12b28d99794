#include "cli/exported_text.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

TEST(SaysTheSame, ButForTheTime) {
  EXPECT_TRUE(says_the_same("a\nb", "a\nb"));
  EXPECT_FALSE(says_the_same("a\nb", "a\nc"));
  EXPECT_TRUE(
      says_the_same(R"({"x": 1, "last_updated": "then"})", R"({"x": 1, "last_updated": "now"})"));
  EXPECT_FALSE(
      says_the_same(R"({"x": 1, "last_updated": "then"})", R"({"x": 2, "last_updated": "then"})"));
  EXPECT_FALSE(says_the_same("", R"({"x": 1})"));
  EXPECT_FALSE(says_the_same("[1]", "[2]"));
}

TEST(SaysTheSame, ButForTheCommentThatItBeginsWith) {
  const std::string then = "# Ports.\n# At revision 3.\n\na=1\n# b\nb=2\n";
  EXPECT_TRUE(says_the_same(then, "# Ports.\n# At revision 4.\n# Left out: c\n\na=1\n# b\nb=2\n"));
  EXPECT_FALSE(says_the_same(then, "# Ports.\n# At revision 3.\n\na=1\n# b\nb=3\n"));
  EXPECT_FALSE(says_the_same(then, "# Ports.\n# At revision 3.\n\na=1\n# c\nb=2\n"));
  EXPECT_FALSE(says_the_same(then, "\na=1\n# b\nb=2\n"));
  EXPECT_TRUE(says_the_same("# then", "# now"));
}

}  // namespace
}  // namespace pm
