#include "http_client/url.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

TEST(HttpUrl, IsPutTogetherFromItsParts) {
  EXPECT_EQ(http_url("127.0.0.1", 8000, "/health"), "http://127.0.0.1:8000/health");
  EXPECT_EQ(http_url("billing", 8000, "/health?deep=1"), "http://billing:8000/health?deep=1");
  EXPECT_EQ(http_url("billing", 8000, "health"), "http://billing:8000/health");
}

TEST(HttpUrl, PutsAnIpv6AddressInBrackets) {
  EXPECT_EQ(http_url("::1", 8000, "/"), "http://[::1]:8000/");
  EXPECT_EQ(http_url("[::1]", 8000, "/"), "http://[::1]:8000/");
}

TEST(HttpUrl, NeverLeavesItsHost) {
  for (const char* host : {"", "a b", "a/b", "a@b", "a?b", "a#b", "a\r\nb", ":", "[::1", "a:80"}) {
    EXPECT_EQ(http_url(host, 8000, "/health"), "") << host;
  }
  EXPECT_EQ(http_url("billing", 8000, "http://elsewhere/"),
            "http://billing:8000/http://elsewhere/");
  EXPECT_EQ(http_url("billing", 8000, "//elsewhere/"), "http://billing:8000//elsewhere/");
}

TEST(JoinedUrl, PutsThePathBehindTheBasesOwn) {
  const std::string path = "/api/x";
  EXPECT_EQ(joined_url("http://hub:8001", path).url, "http://hub:8001/api/x");
  EXPECT_EQ(joined_url("http://hub:8001/", path).url, "http://hub:8001/api/x");
  EXPECT_EQ(joined_url("https://hub/suite", path).url, "https://hub/suite/api/x");
  EXPECT_EQ(joined_url("https://hub/suite//", path).url, "https://hub/suite/api/x");
  EXPECT_EQ(joined_url("http://[::1]:8001", path).url, "http://[::1]:8001/api/x");
  EXPECT_EQ(joined_url("http://hub?a=1#b", "api/x?y=1&z").url, "http://hub/api/x?y=1&z");
}

TEST(JoinedUrl, TellsUserAndPasswordToTheServerOnly) {
  const auto joined = joined_url("https://me:secret@hub/suite", "/x");
  EXPECT_EQ(joined.url, "https://me:secret@hub/suite/x");
  EXPECT_EQ(joined.public_url, "https://hub/suite/x");
}

TEST(JoinedUrl, IsOfHttpAndHttpsOnly) {
  for (const char* base : {"", "hub", "hub:8001", "ftp://hub", "file:///etc/passwd", "http://",
                           "http://a b/", "http://hub:99999"}) {
    EXPECT_EQ(joined_url(base, "/x").url, "") << base;
  }
}

TEST(PlaceOf, IsHostAndPort) {
  EXPECT_EQ(place_of("http://me:secret@hub:8001/suite?x"), "hub:8001");
  EXPECT_EQ(place_of("https://hub"), "hub:443");
  EXPECT_EQ(place_of("http://[::1]:8001/"), "[::1]:8001");
  EXPECT_EQ(place_of("hub"), "");
}

TEST(PercentEncoded, IsOneSegmentOrValue) {
  EXPECT_EQ(percent_encoded("a-b.c_d~9"), "a-b.c_d~9");
  EXPECT_EQ(percent_encoded("a/b?c&d e\n"), "a%2Fb%3Fc%26d%20e%0A");
  EXPECT_EQ(percent_encoded(""), "");
}

TEST(TargetOf, IsPathAndQuery) {
  EXPECT_EQ(target_of("http://me:secret@hub:8001/suite/ws?since=3#x"), "/suite/ws?since=3");
  EXPECT_EQ(target_of("https://hub"), "/");
  EXPECT_EQ(target_of("hub"), "");
}

}  // namespace
}  // namespace pm
