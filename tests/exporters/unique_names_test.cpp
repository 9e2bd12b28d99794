#include "exporters/unique_names.h"

#include <gmock/gmock.h>

#include <set>

#include "domain/text.h"

namespace pm {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::StartsWith;

using Ids = std::vector<std::string>;

std::string as_is(const std::string& id) {
  return id;
}

TEST(UniqueNames, EnvironmentVariables) {
  EXPECT_THAT(environment_names({"legalai-pro", "3d.view", "Snake_Case", "x9"}),
              ElementsAre(Pair("3d.view", "_3D_VIEW"), Pair("Snake_Case", "SNAKE_CASE"),
                          Pair("legalai-pro", "LEGALAI_PRO"), Pair("x9", "X9")));
}

// The digits are those of `printf %s ID | sha256sum`.
TEST(UniqueNames, NobodyKeepsANameThatTwoWouldHave) {
  EXPECT_THAT(
      environment_names({"a-b", "a.b", "c"}),
      ElementsAre(Pair("a-b", "A_B_D44362D6"), Pair("a.b", "A_B_2E7336DC"), Pair("c", "C")));
}

TEST(UniqueNames, UpperAndLowerCaseAreNotTold) {
  EXPECT_THAT(unique_names({"Kite", "kite", "wren"}, as_is, '-'),
              ElementsAre(Pair("Kite", "Kite-726E03F0"), Pair("kite", "kite-8E8C7D42"),
                          Pair("wren", "wren")));
}

TEST(UniqueNames, TheOrderDoesNotMatter) {
  EXPECT_EQ(environment_names({"a-b", "a.b", "A_B"}), environment_names({"A_B", "a.b", "a-b"}));
}

TEST(UniqueNames, AnIdThatLooksLikeAnothersNameIsToldApartToo) {
  const Ids ids{"a-b", "a.b", "a-b-d44362d6"};
  const auto names = environment_names(ids);
  std::set<std::string> different;
  for (const auto& [id, name] : names) different.insert(ascii_lower(name));
  EXPECT_EQ(different.size(), ids.size());
  EXPECT_EQ(names.at("a.b"), "A_B_2E7336DC");
  EXPECT_THAT(names.at("a-b"), StartsWith("A_B_D44362D6"));
  EXPECT_EQ(names.at("a-b").size(), std::string("A_B_").size() + 16);
}

TEST(UniqueNames, None) {
  EXPECT_TRUE(environment_names({}).empty());
}

}  // namespace
}  // namespace pm
