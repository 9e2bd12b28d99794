#include "http/http_message.h"

#include <gmock/gmock.h>

namespace pm {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;
using testing::StartsWith;

constexpr const char* date = "Sun, 22 Nov 2026 20:05:10 GMT";

WireForm form() {
  WireForm wire;
  wire.date = date;
  return wire;
}

TEST(SerializeHead, WritesAnAnswer) {
  auto response = HttpResponse::of("{}");
  response.headers.emplace_back("X-Revision", "7");
  auto wire = form();
  wire.request_id = "req-1";
  EXPECT_EQ(serialize_head(response, wire),
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 22 Nov 2026 20:05:10 GMT\r\n"
            "Content-Type: application/json\r\n"
            "Content-Length: 2\r\n"
            "X-Request-Id: req-1\r\n"
            "X-Revision: 7\r\n"
            "\r\n");
}

TEST(SerializeHead, SaysWhetherTheConnectionStays) {
  auto wire = form();
  wire.keep_alive = false;
  EXPECT_THAT(serialize_head({}, wire), HasSubstr("\r\nConnection: close\r\n"));
  wire.http10 = true;
  EXPECT_THAT(serialize_head({}, wire), HasSubstr("\r\nConnection: close\r\n"));
  wire.keep_alive = true;
  EXPECT_THAT(serialize_head({}, wire), StartsWith("HTTP/1.0 200 OK\r\n"));
  EXPECT_THAT(serialize_head({}, wire), HasSubstr("\r\nConnection: keep-alive\r\n"));
}

TEST(SerializeHead, AHeadAnswerHasTheLengthOfTheBodyThatItLeavesOut) {
  auto wire = form();
  wire.head = true;
  EXPECT_THAT(serialize_head(HttpResponse::of("12345"), wire), HasSubstr("Content-Length: 5\r\n"));
}

TEST(SerializeHead, StatusesWithoutABodyHaveNoLength) {
  for (const int status : {204, 304}) {
    HttpResponse response;
    response.status = status;
    EXPECT_THAT(serialize_head(response, form()), Not(HasSubstr("Content-"))) << status;
  }
  EXPECT_THAT(serialize_head({}, form()), HasSubstr("Content-Length: 0\r\n"));
}

TEST(SerializeHead, NoValueStartsAHeaderOfItsOwn) {
  for (const std::string evil :
       {"a\r\nSet-Cookie: x=1", "a\nSet-Cookie: x=1", "a\rSet-Cookie: x=1", "a\r\n\r\n<html>"}) {
    auto response = HttpResponse::of("{}", evil);
    response.headers.emplace_back("X-Revision", evil);
    auto wire = form();
    wire.request_id = evil;
    const auto head = serialize_head(response, wire);
    EXPECT_THAT(head, Not(HasSubstr("Set-Cookie"))) << evil;
    EXPECT_THAT(head, Not(HasSubstr("<html>"))) << evil;
    EXPECT_EQ(head.find("\r\n\r\n"), head.size() - 4) << evil;
    EXPECT_THAT(head, HasSubstr("X-Revision: a\r\n"));
  }
}

TEST(ReasonPhrase, IsTheStandardOne) {
  EXPECT_STREQ(reason_phrase(200), "OK");
  EXPECT_STREQ(reason_phrase(304), "Not Modified");
  EXPECT_STREQ(reason_phrase(404), "Not Found");
  EXPECT_STREQ(reason_phrase(431), "Request Header Fields Too Large");
  EXPECT_STREQ(reason_phrase(503), "Service Unavailable");
}

TEST(PercentDecode, Decodes) {
  EXPECT_THAT(percent_decode("", false), Optional(std::string()));
  EXPECT_THAT(percent_decode("kite", false), Optional(std::string("kite")));
  EXPECT_THAT(percent_decode("a%20b", false), Optional(std::string("a b")));
  EXPECT_THAT(percent_decode("%2f%2F%2e", false), Optional(std::string("//.")));
  EXPECT_THAT(percent_decode("%25", false), Optional(std::string("%")));
  EXPECT_THAT(percent_decode("%C3%A9", false), Optional(std::string("\u00e9")));
  EXPECT_THAT(percent_decode("%ff", false), Optional(std::string("\xff")));
  EXPECT_THAT(percent_decode("a+b", false), Optional(std::string("a+b")));
  EXPECT_THAT(percent_decode("a+b%2B", true), Optional(std::string("a b+")));
}

TEST(PercentDecode, RefusesBrokenEncodings) {
  for (const char* text :
       {"%", "a%", "%2", "%2x", "%x2", "%%20", "% 2", "%-1", "%+1", "%0x1", "%00", "a%00b"}) {
    EXPECT_EQ(percent_decode(text, false), std::nullopt) << text;
    EXPECT_EQ(percent_decode(text, true), std::nullopt) << text;
  }
}

TEST(SplitPath, Splits) {
  const auto split = [](std::string_view path) { return split_path(path).value(); };
  EXPECT_THAT(split("/"), ElementsAre());
  EXPECT_THAT(split(""), ElementsAre());
  EXPECT_THAT(split("/api/ports/8000"), ElementsAre("api", "ports", "8000"));
  EXPECT_THAT(split("/api/health/"), ElementsAre("api", "health"));
  EXPECT_THAT(split("//health"), ElementsAre("", "health"));
  EXPECT_THAT(split("/a//b"), ElementsAre("a", "", "b"));
  EXPECT_THAT(split("/a//"), ElementsAre("a", ""));
  EXPECT_THAT(split("/a%2Fb/c"), ElementsAre("a/b", "c"));
  EXPECT_THAT(split("/a/../b"), ElementsAre("a", "..", "b"));
}

TEST(SplitPath, RefusesABrokenEncodingAnywhere) {
  EXPECT_FALSE(split_path("/a/%zz/b"));
  EXPECT_FALSE(split_path("/%00"));
  EXPECT_FALSE(split_path("/a/%"));
}

}  // namespace
}  // namespace pm
