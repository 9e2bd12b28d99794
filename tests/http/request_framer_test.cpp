#include "http/request_framer.h"

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <vector>

namespace pm {
namespace {

using testing::ElementsAre;

constexpr RequestFramer::Limits limits{64, 128, 512, 256};

/// What has come of an input: the requests, what the parser was given of the last one, and whether
/// it was refused.
struct Framed {
  std::vector<std::string> requests;
  std::string unfinished;
  std::optional<ErrorCode> refusal;

  bool operator==(const Framed&) const = default;
};

void PrintTo(const Framed& framed, std::ostream* out) {
  for (const auto& request : framed.requests) *out << testing::PrintToString(request) << ", ";
  *out << testing::PrintToString(framed.unfinished);
  if (framed.refusal) *out << ", refused: " << to_string(*framed.refusal);
}

/// Plays the connection: hands input over until it is used up.
class Reader {
 public:
  void take(std::string_view input) {
    while (!input.empty() && !framed_.refusal) {
      const auto step = framer_.next(input);
      if (!step) {
        framed_.refusal = step.error().code;
        return;
      }
      ASSERT_GT(step->consumed, 0U) << "no progress at " << input;
      ASSERT_LE(step->consumed, input.size());
      framed_.unfinished += step->feed;
      input.remove_prefix(step->consumed);
      if (!step->complete) continue;
      framer_.finish();
      framed_.requests.push_back(std::move(framed_.unfinished));
      framed_.unfinished.clear();
    }
  }
  const Framed& framed() const { return framed_; }
  RequestFramer::Phase phase() const { return framer_.phase(); }

 private:
  RequestFramer framer_{limits};
  Framed framed_;
};

Framed frame(const std::vector<std::string_view>& pieces) {
  Reader reader;
  for (const auto piece : pieces) reader.take(piece);
  return reader.framed();
}

Framed frame_bytes(std::string_view text) {
  Reader reader;
  for (std::size_t i = 0; i < text.size(); ++i) reader.take(text.substr(i, 1));
  return reader.framed();
}

std::optional<ErrorCode> refusal_of(const std::string& text) {
  const auto whole = frame({std::string_view(text)}).refusal;
  EXPECT_EQ(frame_bytes(text).refusal, whole) << text;
  return whole;
}

const std::string get = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string post =
    "POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello\r\n\r\nab";
const std::string chunked =
    "POST /api HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\nA\r\n01234\r\n789\r\n0\r\nX-Trailer: 1\r\n\r\n";

// The same as the parser is given them.
const std::string parsed_get = "GET /health HTTP/1.1\r\n\r\n";
const std::string parsed_post = "POST /api HTTP/1.1\r\nContent-Length: 11\r\n\r\nhello\r\n\r\nab";
const std::string parsed_chunked =
    "POST /api HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\nA\r\n01234\r\n789\r\n0\r\n";

TEST(RequestFramer, FindsTheEndOfEachRequest) {
  EXPECT_THAT(frame({get}).requests, ElementsAre(parsed_get));
  EXPECT_THAT(frame({post}).requests, ElementsAre(parsed_post));
  EXPECT_THAT(frame({chunked}).requests, ElementsAre(parsed_chunked));
  const auto all = get + post + chunked + get;
  EXPECT_THAT(frame({all}).requests,
              ElementsAre(parsed_get, parsed_post, parsed_chunked, parsed_get));
}

TEST(RequestFramer, ByteByByteIsTheSameAsWhole) {
  for (const auto& text : {get, post, chunked, get + post + chunked + get}) {
    EXPECT_EQ(frame_bytes(text), frame({text}));
  }
}

TEST(RequestFramer, EverySplitOfAPairIsTheSameAsWhole) {
  for (const auto& pair : {get + get, get + post, post + get, chunked + post, post + chunked}) {
    const auto whole = frame({pair});
    ASSERT_EQ(whole.requests.size(), 2U);
    const std::string_view text = pair;
    for (std::size_t at = 0; at <= text.size(); ++at) {
      EXPECT_EQ(frame({text.substr(0, at), text.substr(at)}), whole) << "split at " << at;
    }
  }
}

TEST(RequestFramer, TheHeadComesInOnePiece) {
  RequestFramer framer(limits);
  for (std::size_t i = 0; i + 1 < get.size(); ++i) {
    const auto step = framer.next(std::string_view(get).substr(i, 1));
    ASSERT_TRUE(step);
    EXPECT_TRUE(step->feed.empty());
    EXPECT_EQ(framer.phase(), RequestFramer::Phase::head);
  }
  const auto step = framer.next("\n");
  ASSERT_TRUE(step);
  EXPECT_TRUE(step->head_complete);
  EXPECT_TRUE(step->complete);
  EXPECT_EQ(step->feed, parsed_get);
  EXPECT_EQ(framer.head().target, "/health");
  EXPECT_EQ(framer.head().headers.at("host"), "x");
}

TEST(RequestFramer, EmptyLinesBeforeARequestArePassedOver) {
  const auto pair = "\r\n\r\n" + get + "\r\n" + get;
  EXPECT_THAT(frame({pair}).requests, ElementsAre(parsed_get, parsed_get));
  EXPECT_EQ(frame_bytes("\r\n\r\n" + get), frame({get}));
}

TEST(RequestFramer, RefusesEmptyLinesWithoutEnd) {
  std::string lines;
  for (int i = 0; i < 32; ++i) lines += "\r\n";
  EXPECT_EQ(refusal_of(lines + get), std::nullopt);
  EXPECT_EQ(refusal_of(lines + "\r\n"), ErrorCode::bad_request);
  EXPECT_EQ(refusal_of(lines + get + lines + get), std::nullopt);
}

TEST(RequestFramer, PhasesTellWhatIsWaitedFor) {
  Reader reader;
  EXPECT_EQ(reader.phase(), RequestFramer::Phase::idle);
  reader.take("GET");
  EXPECT_EQ(reader.phase(), RequestFramer::Phase::head);
  reader.take(" /health HTTP/1.1\r\n\r\n");
  EXPECT_EQ(reader.phase(), RequestFramer::Phase::idle);
  reader.take(post.substr(0, post.size() - 1));
  EXPECT_EQ(reader.phase(), RequestFramer::Phase::body);
  reader.take(post.substr(post.size() - 1));
  EXPECT_EQ(reader.phase(), RequestFramer::Phase::idle);
  reader.take(std::string_view(chunked).substr(0, chunked.size() - 3));
  EXPECT_EQ(reader.phase(), RequestFramer::Phase::chunked);
}

TEST(RequestFramer, RefusesLinesThatEndInLfAlone) {
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\n\n"), ErrorCode::bad_request);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\nHost: x\n\n"), ErrorCode::bad_request);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: x\n\r\n"), ErrorCode::bad_request);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: x\r\n\n"), ErrorCode::bad_request);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: x\ry\r\n\r\n"), ErrorCode::bad_request);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\r\n\r\n"), ErrorCode::bad_request);
}

TEST(RequestFramer, RefusesANulByte) {
  using std::string_literals::operator""s;
  EXPECT_EQ(refusal_of("GET /\0 HTTP/1.1\r\n\r\n"s), ErrorCode::bad_request);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: \0\r\n\r\n"s), ErrorCode::bad_request);
  EXPECT_EQ(refusal_of("\0"s), ErrorCode::bad_request);
}

TEST(RequestFramer, RefusesAHeadThatIsMalformed) {
  EXPECT_EQ(refusal_of("GET / HTTP/2.0\r\n\r\n"), ErrorCode::version_unsupported);
  EXPECT_EQ(refusal_of("hello\r\n\r\n"), ErrorCode::bad_request);
}

TEST(RequestFramer, LimitsTheTarget) {
  const auto request = [](std::size_t size) {
    return "GET /" + std::string(size - 1, 'a') + " HTTP/1.1\r\n\r\n";
  };
  EXPECT_EQ(refusal_of(request(limits.target)), std::nullopt);
  EXPECT_EQ(refusal_of(request(limits.target + 1)), ErrorCode::uri_too_long);
}

TEST(RequestFramer, RefusesALineThatDoesNotEnd) {
  EXPECT_EQ(refusal_of(std::string(limits.request_line, 'a')), std::nullopt);
  EXPECT_EQ(refusal_of(std::string(limits.request_line + 1, 'a')), ErrorCode::uri_too_long);
}

TEST(RequestFramer, LimitsTheHead) {
  const std::string line = "GET / HTTP/1.1\r\n";
  const auto request = [&](std::size_t size) {
    return line + "X: " + std::string(size - line.size() - 7, 'a') + "\r\n\r\n";
  };
  EXPECT_EQ(request(limits.head).size(), limits.head);
  EXPECT_EQ(refusal_of(request(limits.head)), std::nullopt);
  EXPECT_EQ(refusal_of(request(limits.head + 1)), ErrorCode::headers_too_large);
  EXPECT_EQ(refusal_of(line + "X: " + std::string(limits.head, 'a')), ErrorCode::headers_too_large);
}

TEST(RequestFramer, LimitsAreCountedAnewForEachRequest) {
  std::string many;
  for (int i = 0; i < 50; ++i) many += get;
  EXPECT_EQ(frame({many}).requests.size(), 50U);
}

TEST(RequestFramer, LimitsABodyByItsDeclaredLength) {
  const auto request = [](const std::string& length) {
    return "POST / HTTP/1.1\r\nContent-Length: " + length + "\r\n\r\n";
  };
  const auto whole = request(std::to_string(limits.body)) + std::string(limits.body, 'a');
  EXPECT_THAT(frame({whole}).requests, ElementsAre(whole));
  for (const auto& length : {std::to_string(limits.body + 1), std::string("9223372036854775807"),
                             std::string("99999999999999999999999999")}) {
    EXPECT_EQ(refusal_of(request(length)), ErrorCode::payload_too_large) << length;
  }
}

TEST(RequestFramer, ABodyOfLengthZeroIsNone) {
  const std::string empty = "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n";
  const auto pair = empty + get;
  EXPECT_THAT(frame({pair}).requests, ElementsAre(empty, parsed_get));
}

TEST(RequestFramer, LimitsChunksAsTheyCome) {
  std::string request = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t i = 0; i < limits.body; ++i) request += "1\r\na\r\n";
  EXPECT_EQ(refusal_of(request + "0\r\n\r\n"), std::nullopt);
  EXPECT_EQ(refusal_of(request + "1\r\n"), ErrorCode::payload_too_large);
}

}  // namespace
}  // namespace pm
