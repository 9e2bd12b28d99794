#include "probe/user_names.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

TEST(UserNames, KnowsTheUsersOfTheMachineAndNumbersTheRest) {
  UserNames names;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(names.name_of(0), "root");
    EXPECT_EQ(names.name_of(3'999'999'999U), "3999999999");
  }
}

}  // namespace
}  // namespace pm
