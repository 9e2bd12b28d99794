#include "http/chunk_framer.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace pm {
namespace {

constexpr std::size_t max_body = 100;

struct Followed {
  std::size_t taken{0};  ///< bytes that belong to the body
  std::string fed;       ///< what the parser was given
  bool ended{false};
  std::optional<ErrorCode> refusal;

  bool operator==(const Followed&) const = default;
};

void PrintTo(const Followed& followed, std::ostream* out) {
  *out << followed.taken << " " << testing::PrintToString(followed.fed) << " " << followed.ended;
  if (followed.refusal) *out << " " << to_string(*followed.refusal);
}

Followed follow(std::string_view text, std::size_t piece) {
  ChunkFramer framer(max_body);
  Followed followed;
  while (!text.empty() && !framer.ended()) {
    const auto next = framer.next(text.substr(0, piece));
    if (!next) {
      followed.refusal = next.error().code;
      return followed;
    }
    EXPECT_GT(next->consumed, 0U);
    if (next->consumed == 0) break;
    text.remove_prefix(next->consumed);
    followed.taken += next->consumed;
    followed.fed += next->feed;
  }
  followed.ended = framer.ended();
  return followed;
}

/// The whole text at once; any other cut must give the same.
Followed follow(const std::string& text) {
  const auto whole = follow(text, text.size());
  for (const std::size_t piece : {1, 2, 3, 7}) {
    const auto cut = follow(text, piece);
    EXPECT_EQ(cut.refusal, whole.refusal) << text << " in pieces of " << piece;
    if (!whole.refusal) {
      EXPECT_EQ(cut, whole) << text << " in pieces of " << piece;
    }
  }
  return whole;
}

TEST(ChunkFramer, FindsTheEnd) {
  for (const std::string body :
       {"0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "5\r\n\r\n0\r\n\r\n0\r\n\r\n",
        "a\r\n0123456789\r\n000\r\n\r\n", "1\r\na\r\nA\r\n0123456789\r\n0\r\n\r\n"}) {
    const auto followed = follow(body + "GET / HTTP/1.1\r\n");
    EXPECT_TRUE(followed.ended) << body;
    EXPECT_EQ(followed.taken, body.size()) << body;
    EXPECT_EQ(followed.fed, body.substr(0, body.size() - 2)) << body;
    EXPECT_EQ(followed.refusal, std::nullopt);
  }
}

TEST(ChunkFramer, PassesOverExtensionsAndTrailers) {
  const std::string chunks = "5;name=value\r\nhello\r\n0;last\r\n";
  const std::string trailers = "X-Sum: 1\r\nX-More: 2\r\n\r\n";
  const auto followed = follow(chunks + trailers + "GET");
  EXPECT_TRUE(followed.ended);
  EXPECT_EQ(followed.taken, chunks.size() + trailers.size());
  EXPECT_EQ(followed.fed, "5\r\nhello\r\n0\r\n");
}

TEST(ChunkFramer, HasNotEndedBeforeItsEnd) {
  const std::string body = "5\r\nhello\r\n0\r\n\r\n";
  for (std::size_t size = 1; size < body.size(); ++size) {
    EXPECT_FALSE(follow(body.substr(0, size)).ended) << size;
  }
}

TEST(ChunkFramer, RefusesWhatIsMalformed) {
  for (const std::string body :
       {"\r\n", "x\r\n", "-1\r\n", "+5\r\n", "0x5\r\n", " 5\r\n", ";a\r\n", "5\nhello\r\n",
        "5\r\nhelloX\r\n", "5\r\nhello\n", "5g\r\n", "0\r\n\n", "0\r\nX: 1\n"}) {
    EXPECT_EQ(follow(body).refusal, ErrorCode::bad_request) << body;
  }
}

TEST(ChunkFramer, RefusesLinesWithoutAnEnd) {
  for (const std::string before : {"", "5;", "0\r\n"}) {
    EXPECT_EQ(follow(before + std::string(2'000, '0')).refusal, ErrorCode::bad_request) << before;
  }
}

TEST(ChunkFramer, CountsWhatTheBodyHolds) {
  std::string body;
  for (std::size_t i = 0; i < max_body; ++i) body += "1\r\na\r\n";
  EXPECT_TRUE(follow(body + "0\r\n\r\n").ended);
  EXPECT_EQ(follow(body + "1\r\n").refusal, ErrorCode::payload_too_large);
}

TEST(ChunkFramer, RefusesFramingWithoutEnd) {
  std::string extensions;
  std::string trailers = "0\r\n";
  for (int i = 0; i < 50; ++i) {
    extensions += "1;" + std::string(400, 'x') + "\r\na\r\n";
    trailers += "X: " + std::string(400, 'x') + "\r\n";
  }
  EXPECT_EQ(follow(extensions).refusal, ErrorCode::payload_too_large);
  EXPECT_EQ(follow(trailers).refusal, ErrorCode::payload_too_large);
}

TEST(ChunkFramer, RefusesALargeBodyInTinyChunks) {
  constexpr std::size_t large = 1024 * 1024;
  constexpr std::string_view chunk = "1\r\na\r\n";
  ChunkFramer framer(large);
  for (std::size_t count = 0; count < ChunkFramer::free_framing; ++count) {
    for (auto rest = chunk; !rest.empty();) {
      const auto piece = framer.next(rest);
      if (!piece) {
        EXPECT_EQ(piece.error().code, ErrorCode::payload_too_large);
        EXPECT_NE(piece.error().message.find("too small"), std::string::npos);
        return;
      }
      rest.remove_prefix(piece->consumed);
    }
  }
  FAIL() << "not refused";
}

TEST(ChunkFramer, RefusesALargeChunkByItsSize) {
  EXPECT_EQ(follow("64\r\n").refusal, std::nullopt);
  for (const std::string size : {"65", "7fffffffffffffff", "ffffffffffffffff"}) {
    EXPECT_EQ(follow(size + "\r\n").refusal, ErrorCode::payload_too_large) << size;
    EXPECT_EQ(follow("5\r\nhello\r\n" + size + "\r\n").refusal, ErrorCode::payload_too_large)
        << size;
  }
  EXPECT_TRUE(follow("10000000000000000\r\n").refusal);
}

}  // namespace
}  // namespace pm
