#include "suite/curl_easy.h"

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

}  // namespace
}  // namespace pm
