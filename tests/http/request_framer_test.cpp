#include "http/request_framer.h"

#include <gmock/gmock.h>

#include <charconv>
#include <string>
#include <vector>

namespace pm {
namespace {

using testing::ElementsAre;

constexpr RequestFramer::Limits limits{64, 128, 512, 256};

/// What a parser behind the framer would see: the bytes of each request, or a refusal at the end.
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

/// Plays the parser: knows the end of a request by its Content-Length, or by the last chunk.
class Reader {
 public:
  void take(std::string_view input) {
    while (!input.empty() && !framed_.refusal) {
      const auto step = framer_.next(input);
      if (!step) {
        framed_.refusal = step.error().code;
        return;
      }
      ASSERT_TRUE(step->consumed > 0) << "no progress at " << input;
      ASSERT_LE(step->consumed, input.size());
      framed_.unfinished += step->feed;
      input.remove_prefix(step->consumed);
      if (step->head_complete) begin_body();
      if (is_whole()) {
        framer_.finish();
        framed_.requests.push_back(std::move(framed_.unfinished));
        framed_.unfinished.clear();
        has_head_ = false;
      }
    }
  }
  const Framed& framed() const { return framed_; }
  RequestFramer::Phase phase() const { return framer_.phase(); }

 private:
  void begin_body() {
    has_head_ = true;
    end_ = framed_.unfinished.size();
    chunked_ = framed_.unfinished.find("chunked") != std::string::npos;
    if (chunked_) {
      framer_.expect_chunks();
      return;
    }
    static constexpr std::string_view name = "Content-Length: ";
    const auto at = framed_.unfinished.find(name);
    if (at == std::string::npos) return;
    std::size_t length = 0;
    std::from_chars(framed_.unfinished.data() + at + name.size(),
                    framed_.unfinished.data() + framed_.unfinished.size(), length);
    end_ += length;
    if (auto expected = framer_.expect_body(length); !expected) {
      framed_.refusal = expected.error().code;
    }
  }
  bool is_whole() const {
    if (!has_head_ || framed_.refusal) return false;
    if (chunked_) return framed_.unfinished.ends_with("\r\n0\r\n\r\n");
    return framed_.unfinished.size() == end_;
  }

  RequestFramer framer_{limits};
  Framed framed_;
  bool has_head_{false};
  bool chunked_{false};
  std::size_t end_{0};
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
  const auto whole = frame({text}).refusal;
  EXPECT_EQ(frame_bytes(text).refusal, whole) << text;
  return whole;
}

const std::string get = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string post =
    "POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello\r\n\r\nab";
const std::string chunked =
    "POST /api HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\nA\r\n01234\r\n789\r\n0\r\n\r\n";

TEST(RequestFramer, FindsTheEndOfEachRequest) {
  EXPECT_THAT(frame({get}).requests, ElementsAre(get));
  EXPECT_THAT(frame({post}).requests, ElementsAre(post));
  EXPECT_THAT(frame({chunked}).requests, ElementsAre(chunked));
  EXPECT_THAT(frame({get + post + chunked + get}).requests, ElementsAre(get, post, chunked, get));
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
  EXPECT_EQ(step->feed, get);
}

TEST(RequestFramer, EmptyLinesBeforeARequestArePassedOver) {
  EXPECT_THAT(frame({"\r\n\r\n" + get + "\r\n" + get}).requests, ElementsAre(get, get));
  EXPECT_EQ(frame_bytes("\r\n\r\n" + get), frame({get}));
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
  reader.take(chunked.substr(0, chunked.size() - 3));
  EXPECT_EQ(reader.phase(), RequestFramer::Phase::chunked);
}

TEST(RequestFramer, RefusesLinesThatEndInLfAlone) {
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\n\n"), ErrorCode::bad_request);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\nHost: x\n\n"), ErrorCode::bad_request);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: x\n\r\n"), ErrorCode::bad_request);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: x\r\n\n"), ErrorCode::bad_request);
}

TEST(RequestFramer, RefusesANulByte) {
  using std::string_literals::operator""s;
  EXPECT_EQ(refusal_of("GET /\0 HTTP/1.1\r\n\r\n"s), ErrorCode::bad_request);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: \0\r\n\r\n"s), ErrorCode::bad_request);
  EXPECT_EQ(refusal_of("\0"s), ErrorCode::bad_request);
}

TEST(RequestFramer, SpeaksHttp10And11Only) {
  EXPECT_EQ(refusal_of("GET / HTTP/1.0\r\n\r\n"), std::nullopt);
  for (const char* version : {"HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "HTTP/1.x"}) {
    EXPECT_EQ(refusal_of("GET / " + std::string(version) + "\r\n\r\n"),
              ErrorCode::version_unsupported)
        << version;
  }
  for (const char* line : {"GET /", "GET", "hello", "GET / HTTP/1.10", "GET / HTTP/1", "GET / http/1.1",
                           "SSH-2.0-OpenSSH_9.2", "GET / HTTP/1.1 "}) {
    EXPECT_EQ(refusal_of(std::string(line) + "\r\n\r\n"), ErrorCode::bad_request) << line;
  }
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
  EXPECT_EQ(refusal_of("POST / HTTP/1.1\r\ncOnTeNt-LeNgTh:" + std::to_string(limits.body + 1) +
                       "\r\n\r\n"),
            ErrorCode::payload_too_large);
  RequestFramer framer(limits);
  EXPECT_EQ(framer.expect_body(limits.body + 1).error().code, ErrorCode::payload_too_large);
}

TEST(RequestFramer, EveryDeclaredLengthCounts) {
  for (const char* before : {"Content-Length: 1\r\n", "Content-Length: x\r\n"}) {
    EXPECT_EQ(refusal_of("POST / HTTP/1.1\r\n" + std::string(before) +
                         "Content-Length: 99999999\r\n\r\n"),
              ErrorCode::payload_too_large)
        << before;
  }
  EXPECT_EQ(refusal_of("POST / HTTP/1.1\r\nContent-Length:\t99999999\r\n\r\n"),
            ErrorCode::payload_too_large);
}

TEST(RequestFramer, LimitsChunksAsTheyCome) {
  const std::string head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string fits = head;
  for (int i = 0; i < 40; ++i) fits += "1\r\na\r\n";
  EXPECT_EQ(refusal_of(fits), std::nullopt);
  EXPECT_EQ(refusal_of(fits + fits.substr(head.size())), ErrorCode::payload_too_large);
  EXPECT_EQ(refusal_of(head + std::string(limits.body, '0')), std::nullopt);
  EXPECT_EQ(refusal_of(head + std::string(limits.body + 1, '0')), ErrorCode::payload_too_large);
}

TEST(RequestFramer, NothingBehindTheLastChunkReachesTheParserWithIt) {
  RequestFramer framer(limits);
  framer.expect_chunks();
  const auto input = "0\r\n\r\n" + get;
  auto step = framer.next(input);
  EXPECT_EQ(step->feed, "0\r\n");
  step = framer.next(std::string_view(input).substr(step->consumed));
  EXPECT_EQ(step->feed, "\r\n");
}

}  // namespace
}  // namespace pm
