#include "http/request_reader.h"

#include <gmock/gmock.h>

#include <set>
#include <stdexcept>

namespace pm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

/// Reads the text as a connection does: the head by our parser, the body by Pistache's.
HttpRequest read(const std::string& text) {
  const auto body = text.find("\r\n\r\n") + 4;
  const auto head = parse_head(text.substr(0, body), 2048);
  if (!head) throw std::runtime_error(head.error().message);
  const auto given = head->for_parser() + text.substr(body);
  Pistache::Http::RequestParser parser(64 * 1024);
  EXPECT_TRUE(parser.feed(given.data(), given.size()));
  EXPECT_EQ(parser.parse(), Pistache::Http::Private::State::Done);
  return read_request(parser.request, *head, "10.0.0.9");
}

HttpRequest get(const std::string& target, const std::string& headers = "") {
  return read("GET " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
}

TEST(ReadRequest, TakesARequestApart) {
  const auto request = read(
      "POST /api/ports/assign?a=1 HTTP/1.1\r\nHost: x\r\nX-Actor:  ada \t\r\n"
      "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/api/ports/assign");
  EXPECT_THAT(request.segments, ElementsAre("api", "ports", "assign"));
  EXPECT_THAT(request.query, UnorderedElementsAre(Pair("a", "1")));
  EXPECT_EQ(request.header("x-actor"), "ada");
  EXPECT_EQ(request.header("content-type"), "application/json");
  EXPECT_EQ(request.header("none"), "");
  EXPECT_EQ(request.body, "{}");
  EXPECT_EQ(request.remote, "10.0.0.9");
  EXPECT_FALSE(request.head);
  EXPECT_FALSE(request.http10);
}

TEST(ReadRequest, HeadIsRoutedAsGet) {
  const auto request = read("HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(request.method, "GET");
  EXPECT_TRUE(request.head);
}

TEST(ReadRequest, DecodesPathAndQuery) {
  const auto request = get("/api/red%20kite?name=red+kite%21&empty=&path=%2Fa");
  EXPECT_EQ(request.path, "/api/red%20kite");
  EXPECT_THAT(request.segments, ElementsAre("api", "red kite"));
  EXPECT_EQ(request.query.at("name"), "red kite!");
  EXPECT_EQ(request.query.at("empty"), "");
  EXPECT_EQ(request.query.at("path"), "/a");
  EXPECT_TRUE(request.query_is_valid);
}

TEST(ReadRequest, OfARepeatedNameTheFirstCounts) {
  const auto request = get("/?a=1&a=2&&b&=x&c=1=2&a%3D=3");
  EXPECT_EQ(request.query.at("a"), "1");
  EXPECT_EQ(request.query.at("b"), "");
  EXPECT_EQ(request.query.at("c"), "1=2");
  EXPECT_EQ(request.query.at("a="), "3");
  EXPECT_TRUE(get("/?").query.empty());
}

TEST(ReadRequest, TakesThePathOutOfAnAbsoluteTarget) {
  EXPECT_EQ(get("http://127.0.0.1:8100/health").path, "/health");
  EXPECT_EQ(get("http://127.0.0.1:8100").path, "/");
}

TEST(ReadRequest, KeepsTheConnectionUnlessToldOtherwise) {
  EXPECT_TRUE(get("/").keep_alive);
  EXPECT_TRUE(get("/", "Connection: keep-alive\r\n").keep_alive);
  for (const char* value : {"close", "Close", "keep-alive, close"}) {
    EXPECT_FALSE(get("/", std::string("Connection: ") + value + "\r\n").keep_alive) << value;
  }
  const auto old = read("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(old.http10);
  EXPECT_FALSE(old.keep_alive);
  EXPECT_TRUE(read("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
}

TEST(ReadRequest, KeepsAUsableRequestIdAndMakesOneOtherwise) {
  EXPECT_EQ(get("/", "X-Request-Id: abc-123\r\n").request_id, "abc-123");
  EXPECT_EQ(get("/", "X-Request-Id: " + std::string(128, 'a') + "\r\n").request_id.size(), 128U);
  std::set<std::string> made;
  for (const std::string given : {"", "a b", "caf\xc3\xa9", "tab\there"}) {
    const auto id = get("/", "X-Request-Id: " + given + "\r\n").request_id;
    EXPECT_NE(id, given);
    EXPECT_FALSE(id.empty());
    EXPECT_TRUE(made.insert(id).second) << id;
  }
  EXPECT_NE(get("/", "X-Request-Id: " + std::string(129, 'a') + "\r\n").request_id.size(), 129U);
}

TEST(CheckRequest, WantsAHostAndADecodablePath) {
  EXPECT_TRUE(check_request(get("/health")));
  EXPECT_TRUE(check_request(read("GET / HTTP/1.0\r\n\r\n")));
  EXPECT_EQ(check_request(read("GET / HTTP/1.1\r\n\r\n")).error().code, ErrorCode::bad_request);
  const auto broken = get("/api/%zz");
  EXPECT_THAT(broken.segments, IsEmpty());
  EXPECT_EQ(check_request(broken).error().code, ErrorCode::bad_request);
  EXPECT_TRUE(check_request(get("/health?limit=%31")));
  for (const char* query : {"limit=%zz", "%=1", "a=1&b=%", "a=%00"}) {
    EXPECT_EQ(check_request(get(std::string("/health?") + query)).error().code,
              ErrorCode::bad_request)
        << query;
  }
}

}  // namespace
}  // namespace pm
