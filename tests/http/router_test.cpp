#include "http/router.h"

#include <gmock/gmock.h>

namespace pm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RouterTest : public testing::Test {
 protected:
  void SetUp() override {
    add("GET", "/");
    add("GET", "/api/ports/{port}");
    add("DELETE", "/api/ports/{port}");
    add("GET", "/api/ports/assignments");
    add("POST", "/api/ports/assign");
    add("GET", "/api/{kind}/status");
    add("GET", "/api/services/{service_id}");
    add("GET", "/api/services/{service_id}/moves/{move_id}");
    add("GET", "/api/health/");
  }
  void add(const std::string& method, const std::string& pattern) {
    router.add({method, pattern, Lane::reactor,
                [](const HttpRequest&, const PathParams&) -> Expected<HttpResponse> {
                  return HttpResponse{};
                }});
  }
  Router::Match find(const std::string& method, const std::string& path) const {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.segments = split_path(path).value();
    return router.find(request);
  }
  /// The pattern of the route found; "" for none.
  std::string pattern_of(const std::string& path) const {
    const auto match = find("GET", path);
    return match.route ? match.route->pattern : "";
  }

  Router router;
};

TEST_F(RouterTest, EachRouteKnowsItsPlace) {
  const auto& routes = router.routes();
  ASSERT_EQ(routes.size(), 9U);
  for (std::size_t i = 0; i < routes.size(); ++i) EXPECT_EQ(routes[i].index, i);
  EXPECT_EQ(find("DELETE", "/api/ports/8000").route->index, 2U);
}

TEST_F(RouterTest, FindsTheRoot) {
  EXPECT_EQ(pattern_of("/"), "/");
  EXPECT_THAT(find("GET", "/").params, IsEmpty());
}

TEST_F(RouterTest, ALiteralGoesBeforeAParameter) {
  EXPECT_EQ(pattern_of("/api/ports/assignments"), "/api/ports/assignments");
  EXPECT_EQ(pattern_of("/api/ports/8000"), "/api/ports/{port}");
}

TEST_F(RouterTest, TheEarlierLiteralCountsMore) {
  EXPECT_EQ(pattern_of("/api/services/status"), "/api/services/{service_id}");
  EXPECT_EQ(pattern_of("/api/moves/status"), "/api/{kind}/status");
}

TEST_F(RouterTest, ParametersComeInTheirOrderAndDecoded) {
  EXPECT_THAT(find("GET", "/api/services/red%20kite/moves/7").params, ElementsAre("red kite", "7"));
  EXPECT_THAT(find("GET", "/api/services/a%2Fb").params, ElementsAre("a/b"));
}

TEST_F(RouterTest, OneTrailingSlashIsDropped) {
  EXPECT_EQ(pattern_of("/api/ports/assignments/"), "/api/ports/assignments");
  EXPECT_EQ(pattern_of("/api/health"), "/api/health/");
  EXPECT_EQ(pattern_of("/api/health/"), "/api/health/");
  EXPECT_EQ(pattern_of("/api/ports/assignments//"), "");
}

TEST_F(RouterTest, EmptySegmentsMatchNothing) {
  EXPECT_EQ(pattern_of("//api/ports/assignments"), "");
  EXPECT_EQ(pattern_of("/api//ports/assignments"), "");
  EXPECT_EQ(pattern_of("/api/services//moves/7"), "");
  EXPECT_EQ(pattern_of("///"), "");
}

TEST_F(RouterTest, WhatIsNowhereIsNotFound) {
  for (const char* path :
       {"/api", "/api/ports", "/api/ports/8000/x", "/API/ports/8000", "/{port}"}) {
    const auto match = find("GET", path);
    EXPECT_FALSE(match.route) << path;
    EXPECT_THAT(match.allow, IsEmpty()) << path;
  }
}

TEST_F(RouterTest, AllowNamesTheMethods) {
  EXPECT_EQ(find("PUT", "/api/ports/8000").allow, "DELETE, GET, HEAD");
  EXPECT_EQ(find("GET", "/api/ports/assign").allow, "POST");
  EXPECT_FALSE(find("GET", "/api/ports/assign").route);
  EXPECT_THAT(find("GET", "/api/ports/8000").allow, IsEmpty());
}

TEST_F(RouterTest, MethodsOfOnePatternAreRoutesOfTheirOwn) {
  EXPECT_EQ(find("DELETE", "/api/ports/8000").route->method, "DELETE");
  EXPECT_EQ(find("GET", "/api/ports/8000").route->method, "GET");
  EXPECT_EQ(router.routes().size(), 9U);
}

}  // namespace
}  // namespace pm
