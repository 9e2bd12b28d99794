#include "http/cors.h"

#include <gmock/gmock.h>

namespace pm {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;

const std::vector<std::string> allowed{"https://admin.example.org"};

HttpRequest from(const std::string& origin, const std::string& method = "GET") {
  HttpRequest request;
  request.method = method;
  if (!origin.empty()) request.headers["origin"] = origin;
  return request;
}

HttpRequest preflight(const std::string& origin) {
  auto request = from(origin, "OPTIONS");
  request.headers["access-control-request-method"] = "POST";
  return request;
}

auto headers_for(const HttpRequest& request, const std::vector<std::string>& origins = allowed) {
  HttpResponse response;
  share_with_origin(request, origins, response);
  return response.headers;
}

TEST(Cors, AnAllowedPageMayReadTheAnswerAndItsHeaders) {
  const auto headers = headers_for(from("https://admin.example.org"));
  EXPECT_THAT(headers, Contains(Pair("Access-Control-Allow-Origin", "https://admin.example.org")));
  EXPECT_THAT(headers,
              Contains(Pair("Access-Control-Expose-Headers", "ETag, X-Request-Id, X-Revision")));
  EXPECT_THAT(headers, Contains(Pair("Vary", "Origin")));
}

TEST(Cors, AnotherPageIsToldNothingAndCachesAreWarned) {
  for (const auto* origin :
       {"https://evil.example", "null", "https://admin.example.org.evil.example",
        "http://admin.example.org", "https://ADMIN.example.org"}) {
    const auto headers = headers_for(from(origin));
    EXPECT_THAT(headers, Not(Contains(Key("Access-Control-Allow-Origin")))) << origin;
    EXPECT_THAT(headers, Contains(Pair("Vary", "Origin"))) << origin;
  }
}

TEST(Cors, WhoIsNoPageOrIsNotConfiguredCostsNothing) {
  EXPECT_THAT(headers_for(from("")), IsEmpty());
  EXPECT_THAT(headers_for(from("https://admin.example.org"), {}), IsEmpty());
}

TEST(Cors, APreflightOfAnAllowedPageLearnsWhatItMaySend) {
  const auto response = options_answer(preflight("https://admin.example.org"), "POST", allowed);
  EXPECT_EQ(response.status, 204);
  EXPECT_THAT(response.headers, Contains(Pair("Allow", "POST")));
  EXPECT_THAT(response.headers, Contains(Pair("Access-Control-Allow-Methods", "POST")));
  EXPECT_THAT(response.headers,
              Contains(Pair("Access-Control-Allow-Headers",
                            "Authorization, Content-Type, If-None-Match, X-Actor, X-Request-Id")));
}

TEST(Cors, APreflightOfAnotherPageLearnsNothing) {
  for (const auto* origin : {"https://evil.example", "null", ""}) {
    const auto response = options_answer(preflight(origin), "POST", allowed);
    EXPECT_EQ(response.status, 204);
    EXPECT_THAT(response.headers, Not(Contains(Key("Access-Control-Allow-Methods")))) << origin;
  }
}

TEST(Cors, OnlyAQuestionWithOriginAndMethodIsAPreflight) {
  EXPECT_TRUE(is_preflight(preflight("https://admin.example.org")));
  EXPECT_FALSE(is_preflight(preflight("")));
  EXPECT_FALSE(is_preflight(from("https://admin.example.org", "OPTIONS")));
  auto post = preflight("https://admin.example.org");
  post.method = "POST";
  EXPECT_FALSE(is_preflight(post));
}

}  // namespace
}  // namespace pm
