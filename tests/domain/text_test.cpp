#include "domain/text.h"

#include <gtest/gtest.h>

#include <string>

namespace pm {
namespace {

TEST(AsciiLower, CapitalLettersAndNoOtherByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    const bool capital = byte >= 'A' && byte <= 'Z';
    const std::string lower(1, capital ? static_cast<char>(byte + 32) : c);
    EXPECT_EQ(ascii_lower(std::string(1, c)), lower) << byte;
  }
  EXPECT_EQ(ascii_lower(""), "");
}

}  // namespace
}  // namespace pm
