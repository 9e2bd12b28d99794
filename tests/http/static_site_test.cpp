#include "http/static_site.h"

#include <gmock/gmock.h>

#include "http/api_world.h"

namespace pm::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const StaticSite& sample_site() {
  static const StaticSite site({{"index.html", "<html>"},
                                {"assets/app-1a.js", "let x"},
                                {"assets/app-1a.js.br", "BR"},
                                {"assets/app-1a.js.gz", "GZ"},
                                {"assets/app-2b.css", "a{}"},
                                {"assets/mark-3c.svg", "<svg>"}});
  return site;
}

constexpr const char* browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

class StaticSiteTest : public testing::Test, public ApiWorld {
 protected:
  StaticSiteTest() {
    api.site = &sample_site();
    router = make_router(api);
  }
  Answer page(const std::string& accept, Pairs headers = {}) {
    headers["accept"] = accept;
    return get("/", {}, std::move(headers));
  }
  Answer asset(const std::string& name, Pairs headers = {}) {
    return get("/assets/" + name, {}, std::move(headers));
  }
};

TEST_F(StaticSiteTest, ABrowserGetsThePage) {
  const auto answer = page(browser);
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.text(), "<html>");
  EXPECT_EQ(answer.response.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(answer.header("Cache-Control"), "no-cache");
  EXPECT_THAT(answer.header("Vary"), HasSubstr("Accept"));
}

TEST_F(StaticSiteTest, AProgramGetsJson) {
  for (const auto* accept : {"", "*/*", "application/json", "application/json, text/html;q=0.5",
                             "text/html;q=0, */*", "text/plain"}) {
    const auto answer = page(accept);
    EXPECT_EQ(answer.body["message"], "iTechSmart Port Manager") << accept;
    EXPECT_EQ(answer.header("Vary"), "Accept");
  }
}

TEST_F(StaticSiteTest, WithoutPagesABrowserGetsJsonToo) {
  api.site = nullptr;
  router = make_router(api);
  EXPECT_EQ(page(browser).body["success"], true);
}

TEST_F(StaticSiteTest, PagesAreProtected) {
  for (const auto& answer : {page(browser), asset("app-1a.js")}) {
    EXPECT_THAT(answer.header("Content-Security-Policy"),
                AllOf(HasSubstr("default-src 'self'"), HasSubstr("frame-ancestors 'none'")));
    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.header("X-Frame-Options"), "DENY");
    EXPECT_EQ(answer.header("Referrer-Policy"), "no-referrer");
  }
}

TEST_F(StaticSiteTest, ThePageIsNotSentAgainUnchanged) {
  const auto etag = page(browser).header("ETag");
  EXPECT_EQ(etag.size(), 18U);
  const auto again = page(browser, {{"if-none-match", etag}});
  EXPECT_EQ(again.status(), 304);
  EXPECT_EQ(again.text(), "");
  EXPECT_EQ(page(browser, {{"if-none-match", "\"other\""}}).status(), 200);
}

TEST_F(StaticSiteTest, AnAssetIsKeptForEver) {
  const auto answer = asset("app-2b.css");
  EXPECT_EQ(answer.text(), "a{}");
  EXPECT_EQ(answer.response.content_type, "text/css; charset=utf-8");
  EXPECT_EQ(answer.header("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(asset("mark-3c.svg").response.content_type, "image/svg+xml");
  EXPECT_EQ(lane("/assets/app-2b.css"), Lane::reactor);
}

TEST_F(StaticSiteTest, AnAssetComesInACodingThatTheClientTakes) {
  const auto coding = [&](const std::string& accepted) {
    const auto answer = asset("app-1a.js", {{"accept-encoding", accepted}});
    EXPECT_EQ(answer.header("Vary"), "Accept-Encoding");
    EXPECT_EQ(answer.response.content_type, "text/javascript; charset=utf-8");
    return answer.header("Content-Encoding") + ":" + answer.text();
  };
  EXPECT_EQ(coding(""), ":let x");
  EXPECT_EQ(coding("gzip, deflate"), "gzip:GZ");
  EXPECT_EQ(coding("gzip, deflate, br"), "br:BR");
  EXPECT_EQ(coding("gzip;q=0, identity"), ":let x");
  EXPECT_EQ(coding("GZIP;q=0.2,br;q=0.0"), "gzip:GZ");
  EXPECT_EQ(asset("app-2b.css", {{"accept-encoding", "br"}}).header("Content-Encoding"), "");
}

TEST_F(StaticSiteTest, EachCodingHasAnETagOfItsOwn) {
  EXPECT_NE(asset("app-1a.js").header("ETag"),
            asset("app-1a.js", {{"accept-encoding", "br"}}).header("ETag"));
}

TEST_F(StaticSiteTest, WhatIsNoAssetIsNotFound) {
  for (const auto* name : {"app-9z.js", "index.html", "app-1a.js.br", "%2e%2e%2findex.html", "..",
                           "assets%2fapp-1a.js"}) {
    const auto answer = asset(name);
    EXPECT_EQ(answer.status(), 404) << name;
    EXPECT_EQ(answer.body["code"], "not_found");
  }
}

TEST(EmptySite, HasNoPage) {
  EXPECT_TRUE(StaticSite({}).empty());
  EXPECT_FALSE(sample_site().empty());
}

}  // namespace
}  // namespace pm::test
