#include "app/rfc3339.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

using std::chrono::milliseconds;

constexpr Timestamp sample{milliseconds(1795377910123)};

TEST(Rfc3339, WritesMillisecondsAndSeconds) {
  EXPECT_EQ(to_rfc3339(sample), "2026-11-22T20:05:10.123Z");
  EXPECT_EQ(to_rfc3339_seconds(sample), "2026-11-22T20:05:10Z");
  EXPECT_EQ(to_file_stamp(sample), "20261122_200510");
  EXPECT_DOUBLE_EQ(to_epoch_seconds(sample), 1795377910.123);
}

TEST(Rfc3339, PadsAndStaysCorrectBeforeTheEpoch) {
  EXPECT_EQ(to_rfc3339(Timestamp(milliseconds(7))), "1970-01-01T00:00:00.007Z");
  EXPECT_EQ(to_rfc3339(Timestamp(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
}

TEST(Rfc3339, ReadsWhatItWrites) {
  for (const std::int64_t at :
       {0LL, 7LL, -1LL, 951782399999LL, 1795377910123LL, 253402300799999LL}) {
    const Timestamp time{milliseconds(at)};
    EXPECT_EQ(from_rfc3339(to_rfc3339(time)), time) << at;
  }
  EXPECT_EQ(from_rfc3339("2026-11-22T20:05:10Z"), sample - milliseconds(123));
}

TEST(Rfc3339, AnyNumberOfDecimals) {
  const auto whole = sample - milliseconds(123);
  EXPECT_EQ(from_rfc3339("2026-11-22T20:05:10.1Z"), whole + milliseconds(100));
  EXPECT_EQ(from_rfc3339("2026-11-22T20:05:10.012Z"), whole + milliseconds(12));
  EXPECT_EQ(from_rfc3339("2026-11-22T20:05:10.123999999999999Z"), sample);
}

TEST(Rfc3339, SortsAsText) {
  EXPECT_LT(to_rfc3339(sample), to_rfc3339(sample + milliseconds(1)));
  EXPECT_LT(to_rfc3339(sample), to_rfc3339(sample + std::chrono::hours(24 * 30)));
}

TEST(Rfc3339, RefusesEverythingElse) {
  for (const char* text : {"",
                           "2026-11-22",
                           "2026-11-22T20:05:10",
                           "2026-11-22 20:05:10Z",
                           "2026-11-22t20:05:10z",
                           "2026-11-22T20:05:10+00:00",
                           "2026-11-22T20:05:10.Z",
                           "2026-11-22T20:05:10.12",
                           "2026-11-22T20:05:10.1xZ",
                           "2026-11-22T20:05:10Z ",
                           " 2026-11-22T20:05:10Z",
                           "2026-02-29T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-01-01T24:00:00Z",
                           "2026-01-01T00:60:00Z",
                           "2026-01-01T00:00:60Z",
                           "+026-01-01T00:00:00Z",
                           "2026-1-01T00:00:00Z",
                           "2026-01-01T-1:00:00Z"}) {
    EXPECT_FALSE(from_rfc3339(text)) << text;
  }
}

}  // namespace
}  // namespace pm
