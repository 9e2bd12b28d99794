#include "domain/service_id.h"

#include <gtest/gtest.h>

#include <string>

namespace pm {
namespace {

using std::string;

const string alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

TEST(ServiceId, EveryByteAsFirstAndAsLaterCharacter) {
  for (int byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    const bool starts = alphanumeric.find(c) != string::npos;
    const bool follows = starts || c == '.' || c == '_' || c == '-';
    EXPECT_EQ(check_service_id(string(1, c) + "a").has_value(), starts) << byte;
    EXPECT_EQ(check_service_id(string("a") + c).has_value(), follows) << byte;
    EXPECT_EQ(check_service_id(string("a") + c + "b").has_value(), follows) << byte;
  }
}

TEST(ServiceId, Length) {
  EXPECT_FALSE(check_service_id(""));
  EXPECT_TRUE(check_service_id("a"));
  EXPECT_TRUE(check_service_id(string(128, 'a')));
  EXPECT_FALSE(check_service_id(string(129, 'a')));
}

TEST(ServiceId, RefusalNamesTheMember) {
  const auto refused = check_service_id("../etc", "updates");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_name);
  EXPECT_EQ(refused.error().field, "updates");
  EXPECT_EQ(refused.error().message.rfind("updates must be", 0), 0U) << refused.error().message;
  EXPECT_EQ(check_service_id("").error().field, "service_id");
}

}  // namespace
}  // namespace pm
