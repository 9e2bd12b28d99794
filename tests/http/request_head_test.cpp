#include "http/request_head.h"

#include <gmock/gmock.h>

#include <optional>

namespace pm {
namespace {

using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr std::size_t max_target = 64;

RequestHead read(const std::string& text) {
  const auto head = parse_head(text, max_target);
  EXPECT_TRUE(head) << text << ": " << head.error().message;
  return head.value_or(RequestHead{});
}

RequestHead with(const std::string& fields) {
  return read("GET / HTTP/1.1\r\n" + fields + "\r\n");
}

std::optional<ErrorCode> refusal_of(const std::string& text) {
  const auto head = parse_head(text, max_target);
  return head ? std::nullopt : std::optional(head.error().code);
}

std::optional<ErrorCode> refusal_with(const std::string& fields) {
  return refusal_of("GET / HTTP/1.1\r\n" + fields + "\r\n");
}

std::optional<ErrorCode> refusal_of_line(const std::string& line) {
  return refusal_of(line + "\r\n\r\n");
}

TEST(ParseHead, ReadsARequest) {
  const auto head = read("POST /api?a=b HTTP/1.1\r\nHost: x:8100\r\nX-Actor: \t ada b\t \r\n\r\n");
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/api?a=b");
  EXPECT_FALSE(head.http10);
  EXPECT_THAT(head.headers, UnorderedElementsAre(Pair("host", "x:8100"), Pair("x-actor", "ada b")));
  EXPECT_FALSE(head.has_length);
  EXPECT_FALSE(head.chunked);
  EXPECT_TRUE(read("GET / HTTP/1.0\r\n\r\n").http10);
  EXPECT_THAT(read("GET / HTTP/1.0\r\n\r\n").headers, IsEmpty());
}

TEST(ParseHead, Versions) {
  for (const char* version : {"HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "HTTP/9.9"}) {
    EXPECT_EQ(refusal_of_line("GET / " + std::string(version)), ErrorCode::version_unsupported)
        << version;
  }
  for (const char* version :
       {"HTTP/1.10", "HTTP/1", "http/1.1", "HTTP/1.x", "HTTP/ 1.1", "HTTP/1,1", "HTTPS/1.1", ""}) {
    EXPECT_EQ(refusal_of_line("GET / " + std::string(version)), ErrorCode::bad_request) << version;
  }
}

TEST(ParseHead, RequestLines) {
  for (const char* line :
       {"GET /", "GET", "", " ", "GET HTTP/1.1", "HTTP/1.1", " / HTTP/1.1", "GET  / HTTP/1.1",
        "GET /  HTTP/1.1", "GET / HTTP/1.1 ", "GET /a b HTTP/1.1", "GET\t/\tHTTP/1.1",
        "G{T / HTTP/1.1", "GET health HTTP/1.1", "GET /caf\xc3\xa9 HTTP/1.1", "GET /\x7f HTTP/1.1",
        "GET /\x01 HTTP/1.1", "GET ftp://x/ HTTP/1.1", "CONNECT x:80 HTTP/1.1"}) {
    EXPECT_EQ(refusal_of_line(line), ErrorCode::bad_request) << line;
  }
  for (const char* line :
       {"OPTIONS * HTTP/1.1", "GET http://x/health HTTP/1.1", "GET HTTPS://x HTTP/1.1",
        "M-SEARCH / HTTP/1.1", "GET //a//b HTTP/1.1", "GET /%00 HTTP/1.1"}) {
    EXPECT_EQ(refusal_of_line(line), std::nullopt) << line;
  }
}

TEST(ParseHead, LimitsTheTarget) {
  const auto line = [](std::size_t size) {
    return "GET /" + std::string(size - 1, 'a') + " HTTP/1.1";
  };
  EXPECT_EQ(refusal_of_line(line(max_target)), std::nullopt);
  EXPECT_EQ(refusal_of_line(line(max_target + 1)), ErrorCode::uri_too_long);
}

TEST(ParseHead, Fields) {
  for (const char* field :
       {"no colon\r\n", ": value\r\n", "Name : value\r\n", " Name: value\r\n",
        "A: 1\r\n folded\r\n", "A: 1\r\n\tfolded\r\n", "N me: value\r\n", "Caf\xc3\xa9: 1\r\n",
        "A: \x01\r\n", "A: \x7f\r\n", "A: a\x1b[31m\r\n", "(A): 1\r\n"}) {
    EXPECT_EQ(refusal_with(field), ErrorCode::bad_request) << field;
  }
  const auto head =
      with("A:1\r\nB:\r\nC: \r\nD: a\tb\r\nE: caf\xc3\xa9\r\nf!#$%&'*+-.^_`|~: :\r\n");
  EXPECT_EQ(head.headers.at("a"), "1");
  EXPECT_EQ(head.headers.at("b"), "");
  EXPECT_EQ(head.headers.at("c"), "");
  EXPECT_EQ(head.headers.at("d"), "a\tb");
  EXPECT_EQ(head.headers.at("e"), "caf\xc3\xa9");
  EXPECT_EQ(head.headers.at("f!#$%&'*+-.^_`|~"), ":");
}

TEST(ParseHead, ARepeatedFieldIsJoined) {
  const auto head = with("Accept: a\r\nCookie: x=1\r\nACCEPT: b\r\ncookie: y=2\r\n");
  EXPECT_EQ(head.headers.at("accept"), "a, b");
  EXPECT_EQ(head.headers.at("cookie"), "x=1; y=2");
}

TEST(ParseHead, WhatFramesARequestStandsOnce) {
  for (const char* fields : {"Host: a\r\nHost: a\r\n", "Content-Length: 5\r\nContent-Length: 5\r\n",
                             "Content-Length: 5\r\ncontent-length: 6\r\n",
                             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                             "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                             "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"}) {
    EXPECT_EQ(refusal_with(fields), ErrorCode::bad_request) << fields;
  }
  EXPECT_EQ(refusal_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
            ErrorCode::bad_request);
}

TEST(ParseHead, Lengths) {
  EXPECT_EQ(with("Content-Length: 0\r\n").length, 0U);
  EXPECT_TRUE(with("Content-Length: 0\r\n").has_length);
  EXPECT_EQ(with("Content-Length: 00011\r\n").length, 11U);
  EXPECT_EQ(with("Content-Length: 18446744073709551615\r\n").length, UINT64_MAX);
  EXPECT_EQ(with("Content-Length: 18446744073709551616\r\n").length, UINT64_MAX);
  EXPECT_EQ(with("Content-Length: " + std::string(100, '9') + "\r\n").length, UINT64_MAX);
  for (const char* length : {"", "-1", "+1", "1.0", "0x10", "5, 5", "5 5", "5x", "x", "\"5\""}) {
    EXPECT_EQ(refusal_with("Content-Length: " + std::string(length) + "\r\n"),
              ErrorCode::bad_request)
        << length;
  }
}

TEST(ParseHead, TransferCodings) {
  EXPECT_TRUE(with("Transfer-Encoding: chunked\r\n").chunked);
  EXPECT_TRUE(with("Transfer-Encoding: Chunked\r\n").chunked);
  for (const char* coding :
       {"gzip", "gzip, chunked", "chunked, chunked", "identity", "xchunked", ""}) {
    EXPECT_EQ(refusal_with("Transfer-Encoding: " + std::string(coding) + "\r\n"),
              ErrorCode::not_implemented)
        << coding;
  }
}

TEST(ParseHead, TheParserGetsWhatFramesTheBodyAndNothingElse) {
  EXPECT_EQ(read("GET /a HTTP/1.1\r\nHost: x\r\nAccept: \r\nCookie: broken\r\n\r\n").for_parser(),
            "GET /a HTTP/1.1\r\n\r\n");
  EXPECT_EQ(read("POST /a HTTP/1.0\r\nContent-Length: 007\r\n\r\n").for_parser(),
            "POST /a HTTP/1.0\r\nContent-Length: 7\r\n\r\n");
  EXPECT_EQ(read("POST /a HTTP/1.1\r\nTransfer-Encoding: CHUNKED\r\n\r\n").for_parser(),
            "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
}

}  // namespace
}  // namespace pm
