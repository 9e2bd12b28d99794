#include "http/conditional_get.h"

#include <gmock/gmock.h>

#include "http/api_world.h"

namespace pm::test {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::Pair;

std::string etag_of(const HttpResponse& response) {
  const auto found = std::find_if(response.headers.begin(), response.headers.end(),
                                  [](const auto& header) { return header.first == "ETag"; });
  return found == response.headers.end() ? std::string() : found->second;
}

class ConditionalGetTest : public testing::Test, public ApiWorld {
 protected:
  static HttpRequest with(const std::string& name, const std::string& value) {
    HttpRequest request;
    if (!name.empty()) request.headers[name] = value;
    return request;
  }
  static HttpRequest asking(Pairs query) {
    HttpRequest request;
    request.query = std::move(query);
    return request;
  }
  /// Answers with the revision, and without an ETag.
  RouteHandler plain() {
    return [this](const HttpRequest&, const PathParams&) -> Expected<HttpResponse> {
      return ok(success(), store.snapshot()->revision());
    };
  }
};

TEST_F(ConditionalGetTest, AnAnswerIsRenderedOncePerRevision) {
  int rendered = 0;
  const auto handler = cached_by_revision(store, [&](const Registry& registry) {
    ++rendered;
    Json body;
    body["total"] = registry.assignments().size();
    return body;
  });
  const auto first = handler(with("", ""), {});
  const auto second = handler(with("", ""), {});
  EXPECT_EQ(rendered, 1);
  EXPECT_EQ(first->body, second->body);
  EXPECT_EQ(*first->body, R"({"total":0,"revision":0})");
  have("kite", 8000);
  const auto third = handler(with("", ""), {});
  EXPECT_EQ(rendered, 2);
  EXPECT_EQ(*third->body, R"({"total":1,"revision":1})");
  EXPECT_THAT(third->headers, Contains(Pair("ETag", testing::StartsWith("\"1-"))));
  EXPECT_THAT(third->headers, Contains(Pair("X-Revision", "1")));
}

TEST_F(ConditionalGetTest, TheSameRevisionOfAnotherRegistryIsAnotherAnswer) {
  std::string content = "before";
  const auto render = [&](const Registry&) { return Json{{"content", content}}; };
  const auto tag = etag_of(*cached_by_revision(store, render)(with("", ""), {}));
  EXPECT_EQ(cached_by_revision(store, render)(with("if-none-match", tag), {})->status, 304);
  content = "after";
  EXPECT_EQ(cached_by_revision(store, render)(with("if-none-match", tag), {})->status, 200);
}

TEST_F(ConditionalGetTest, WhatIsConstantIsSentToWhomHasItNot) {
  const auto handler = constant(HttpResponse::of("text", "text/plain"));
  const auto first = handler(with("", ""), {});
  EXPECT_EQ(*first->body, "text");
  const auto etag = etag_of(*first);
  EXPECT_EQ(handler(with("if-none-match", etag), {})->status, 304);
  const auto other = constant(HttpResponse::of("another text", "text/plain"));
  EXPECT_EQ(other(with("if-none-match", etag), {})->status, 200);
}

TEST_F(ConditionalGetTest, WhoHasTheRevisionIsToldSo) {
  have("kite", 8000);
  const auto handler = cached_by_revision(store, [](const Registry&) { return success(); });
  const auto own = etag_of(*handler(with("", ""), {}));
  for (const auto& tag : {own, std::string("*"), "W/" + own, "\"0\", " + own}) {
    const auto answer = handler(with("if-none-match", tag), {});
    EXPECT_EQ(answer->status, 304) << tag;
    EXPECT_FALSE(answer->body);
    EXPECT_EQ(etag_of(*answer), own);
  }
  for (const char* tag : {"\"0\"", "\"1\"", "\"11\"", "1", ""}) {
    const auto answer = handler(with("if-none-match", tag), {});
    EXPECT_EQ(answer->status, 200) << tag;
    EXPECT_TRUE(answer->body);
  }
}

TEST_F(ConditionalGetTest, WhoKnowsThePresentRevisionWaitsForTheNext) {
  have("kite", 8000);
  const auto handler = watchable(store, plain());
  const auto answer = handler(asking({{"revision", "1"}, {"wait", "30s"}}), {});
  ASSERT_TRUE(answer);
  ASSERT_TRUE(answer->waits);
  EXPECT_EQ(answer->waits->revision, 1);
  EXPECT_EQ(answer->waits->time, milliseconds(30'000));
}

TEST_F(ConditionalGetTest, WhoIsBehindOrAheadOrDoesNotWaitIsAnsweredAtOnce) {
  have("kite", 8000);
  const auto handler = watchable(store, plain());
  for (const Pairs& query :
       {Pairs{{"revision", "0"}, {"wait", "30s"}}, Pairs{{"revision", "2"}, {"wait", "30s"}},
        Pairs{{"revision", "1"}, {"wait", "0s"}}, Pairs{{"revision", "1"}}, Pairs{}}) {
    const auto answer = handler(asking(query), {});
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->waits);
    EXPECT_TRUE(answer->body);
  }
}

TEST_F(ConditionalGetTest, AQueryThatIsNotUnderstoodIsRefused) {
  const auto handler = watchable(store, plain());
  const auto refusal = [&](Pairs query) { return handler(asking(std::move(query)), {}).error(); };
  EXPECT_EQ(refusal({{"wait", "30s"}}).field, "revision");
  EXPECT_EQ(refusal({{"revision", "-1"}, {"wait", "30s"}}).field, "revision");
  EXPECT_EQ(refusal({{"revision", "x"}, {"wait", "30s"}}).field, "revision");
  EXPECT_EQ(refusal({{"revision", "0"}, {"wait", "soon"}}).field, "wait");
}

TEST_F(ConditionalGetTest, AnAnswerWithoutACacheIsComparedByItsBody) {
  std::string word = "one";
  const auto handler =
      watchable(store, [&](const HttpRequest&, const PathParams&) -> Expected<HttpResponse> {
        auto body = success();
        body["word"] = word;
        return ok(std::move(body), 1);
      });
  const auto first = handler(with("", ""), {});
  ASSERT_TRUE(first);
  const auto etag = first->headers.at(1);
  EXPECT_EQ(etag.first, "ETag");
  EXPECT_EQ(handler(with("if-none-match", etag.second), {})->status, 304);
  word = "two";
  EXPECT_EQ(handler(with("if-none-match", etag.second), {})->status, 200);
}

TEST_F(ConditionalGetTest, AnErrorHasNoETag) {
  const auto handler =
      watchable(store, [](const HttpRequest&, const PathParams&) -> Expected<HttpResponse> {
        return fail(ErrorCode::unknown_service, "no");
      });
  EXPECT_EQ(handler(with("if-none-match", "*"), {}).error().code, ErrorCode::unknown_service);
}

TEST(ParseWait, TakesTheUsualUnits) {
  const std::vector<std::pair<std::string, int>> times{
      {"0", 0},         {"30", 30'000},    {"30s", 30'000},  {"500ms", 500},       {"2m", 120'000},
      {"10m", 600'000}, {"600s", 600'000}, {"600", 600'000}, {"600000ms", 600'000}};
  for (const auto& [text, expected] : times) {
    const auto time = parse_wait(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(*time, milliseconds(expected)) << text;
  }
}

TEST(ParseWait, RefusesWhatIsNoTimeOrTooLong) {
  for (const char* text : {"", "s", "-1", "-1s", "1.5s", "30 s", "30h", "30S", "11m", "601s",
                           "600001ms", "99999999999999999999", "9223372036854775807m", "0x10"}) {
    const auto time = parse_wait(text);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().code, ErrorCode::out_of_bounds) << text;
    EXPECT_EQ(time.error().field, "wait");
  }
}

}  // namespace
}  // namespace pm::test
