#include <gmock/gmock.h>

#include <array>
#include <set>

#include "http/api_world.h"
#include "http/detached_loop.h"
#include "http/live_feed.h"
#include "openapi.h"

namespace pm::test {
namespace {

using embedded::EmbeddedFile;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr std::array<EmbeddedFile, 3> page_files{
    {{"index.html", "<!doctype html>"}, {"docs.js", "export {};"}, {"docs.css", "body {}"}}};

/// All that the program serves, as program.cpp puts it together.
class DocumentationRoutes : public testing::Test, public ApiWorld {
 protected:
  DocumentationRoutes() {
    add_live_routes(router, feed, {});
    add_docs_page_routes(router, page_files);
    // Of the library metrics, which builds on this one.
    router.add({"GET", "/metrics", Lane::quick, {}});
  }

  std::set<std::string> served() const {
    std::set<std::string> calls;
    for (const auto& route : router.routes()) calls.insert(route.method + " " + route.pattern);
    return calls;
  }
  std::set<std::string> documented() const {
    std::set<std::string> calls;
    for (const auto& [path, item] : document["paths"].items()) {
      for (const auto& [method, operation] : item.items()) {
        auto name = method;
        for (auto& letter : name) letter = static_cast<char>(std::toupper(letter));
        calls.insert(name + " " + path);
      }
    }
    return calls;
  }

  DetachedLoop loop;
  LiveFeed feed{loop, clock, {}, {}, store.snapshot()};
  const Json document = Json::parse(embedded::openapi().front().text);
};

std::set<std::string> without(std::set<std::string> some, const std::set<std::string>& others) {
  std::erase_if(some, [&](const std::string& each) { return others.contains(each); });
  return some;
}

TEST_F(DocumentationRoutes, EveryRouteIsDocumented) {
  EXPECT_THAT(without(served(), documented()), IsEmpty());
}

TEST_F(DocumentationRoutes, EveryDocumentedCallIsServed) {
  EXPECT_THAT(without(documented(), served()), IsEmpty());
}

TEST_F(DocumentationRoutes, EveryErrorCodeIsDocumentedAsItIsAnswered) {
  const auto& examples = document["components"]["examples"];
  std::set<std::string> codes;
  for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    const auto answer = Json::parse(*problem({code, "detail", {}}, "/", "id").body);
    ASSERT_TRUE(examples.contains(to_string(code))) << to_string(code);
    const auto& example = examples[to_string(code)]["value"];
    for (const char* member : {"type", "title", "status", "success", "code"}) {
      EXPECT_EQ(example[member], answer[member]) << to_string(code);
    }
    codes.insert(to_string(code));
  }
  EXPECT_EQ(document["components"]["schemas"]["ErrorCode"]["enum"].get<std::set<std::string>>(),
            codes);
}

TEST_F(DocumentationRoutes, TheDocumentIsSentOnce) {
  const auto first = get("/api/openapi.json");
  EXPECT_EQ(first.status(), 200);
  EXPECT_EQ(first.response.content_type, "application/json");
  EXPECT_EQ(first.body["openapi"], "3.1.0");
  const auto second = get("/api/openapi.json", {}, {{"if-none-match", first.header("ETag")}});
  EXPECT_EQ(second.status(), 304);
}

TEST_F(DocumentationRoutes, ThePageIsInPartsOfTheirTypes) {
  const auto page = get("/api/docs");
  EXPECT_EQ(page.text(), "<!doctype html>");
  EXPECT_EQ(page.response.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(get("/api/docs/docs.js").response.content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(get("/api/docs/docs.css").response.content_type, "text/css; charset=utf-8");
  EXPECT_EQ(get("/api/docs", {}, {{"if-none-match", page.header("ETag")}}).status(), 304);
}

TEST_F(DocumentationRoutes, ThePageMayGetNothingFromElsewhere) {
  for (const char* path : {"/api/docs", "/api/docs/docs.js"}) {
    const auto answer = get(path);
    EXPECT_THAT(answer.header("Content-Security-Policy"), HasSubstr("default-src 'none'")) << path;
    EXPECT_THAT(answer.header("Content-Security-Policy"), testing::Not(HasSubstr("unsafe")))
        << path;
    EXPECT_THAT(answer.response.headers, Contains(Pair("X-Content-Type-Options", "nosniff")));
  }
}

TEST_F(DocumentationRoutes, AFileThatThePageDoesNotHave) {
  for (const char* path : {"/api/docs/other.js", "/api/docs/index.html"}) {
    const auto answer = get(path);
    EXPECT_EQ(answer.status(), 404) << path;
    EXPECT_EQ(answer.body["code"], "not_found") << path;
  }
}

}  // namespace
}  // namespace pm::test
