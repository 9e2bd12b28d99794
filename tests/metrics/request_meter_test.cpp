#include "metrics/request_meter.h"

#include <gmock/gmock.h>

#include <thread>

#include "metrics/read_families.h"

namespace pm::test {
namespace {

using std::chrono::milliseconds;

constexpr const char* requests_total = "portmanager_http_requests_total";
constexpr const char* duration_seconds = "portmanager_http_request_duration_seconds";

class RequestMeterTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto& [method, pattern] :
         {std::pair("GET", "/api/ports/{port}"), std::pair("DELETE", "/api/ports/{port}")}) {
      router.add({method, pattern, Lane::reactor, {}});
    }
    meter.set_routes(router.routes());
  }
  void answer(std::size_t route, int status, std::chrono::nanoseconds took = {}) {
    meter.on_answer(&router.routes()[route], {}, status, took);
  }
  void answer_none(const std::string& method, int status) {
    HttpRequest request;
    request.method = method;
    request.path = "/some/path";
    meter.on_answer(nullptr, request, status, {});
  }
  std::optional<double> count(const std::string& route, const std::string& method,
                              const std::string& status) const {
    return value(meter.collect(), requests_total,
                 {{"route", route}, {"method", method}, {"status", status}});
  }
  std::size_t all_series() const {
    std::size_t series = 0;
    for (const auto& each : meter.collect()) series += each.metric.size();
    return series;
  }

  Router router;
  std::size_t connections{7};
  RequestMeter meter{[this] { return connections; }};
};

TEST_F(RequestMeterTest, CountsByRouteMethodAndStatus) {
  answer(0, 200);
  answer(0, 200);
  answer(0, 304);
  answer(1, 404);
  EXPECT_EQ(count("/api/ports/{port}", "GET", "200"), 2);
  EXPECT_EQ(count("/api/ports/{port}", "GET", "304"), 1);
  EXPECT_EQ(count("/api/ports/{port}", "DELETE", "404"), 1);
  EXPECT_EQ(all_series(), 3U + 2U);
}

TEST_F(RequestMeterTest, DurationsAreASeriesOfEachRouteAndMethod) {
  answer(0, 200, milliseconds(2));
  answer(0, 404, milliseconds(700));
  const auto found = series(meter.collect(), duration_seconds,
                            {{"route", "/api/ports/{port}"}, {"method", "GET"}});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->histogram.sample_count, 2U);
  EXPECT_DOUBLE_EQ(found->histogram.sample_sum, 0.702);
  for (const auto& bucket : found->histogram.bucket) {
    const auto below = bucket.upper_bound < 0.002 ? 0U : bucket.upper_bound < 0.7 ? 1U : 2U;
    EXPECT_EQ(bucket.cumulative_count, below) << bucket.upper_bound;
  }
}

TEST_F(RequestMeterTest, WhatReachesNoRouteIsOneRouteWhateverIsAskedFor) {
  for (const char* method : {"GET", "GET", "OPTIONS", "BREW", "", "other"}) {
    answer_none(method, 404);
  }
  EXPECT_EQ(count("none", "GET", "404"), 2);
  EXPECT_EQ(count("none", "OPTIONS", "404"), 1);
  EXPECT_EQ(count("none", "other", "404"), 3);
  EXPECT_EQ(all_series(), 3U + 3U);
}

TEST_F(RequestMeterTest, AStatusThatIsNoneIsTheNextThatIs) {
  answer(0, 0);
  answer(0, 1000);
  EXPECT_EQ(count("/api/ports/{port}", "GET", "100"), 1);
  EXPECT_EQ(count("/api/ports/{port}", "GET", "599"), 1);
}

TEST_F(RequestMeterTest, NothingIsTheSeriesOfNobody) {
  EXPECT_EQ(all_series(), 0U);
  EXPECT_TRUE(meter.by_endpoint().empty());
}

TEST_F(RequestMeterTest, TrafficIsOfEachEndpointThatWasUsed) {
  answer(1, 200, milliseconds(10));
  answer(1, 404, milliseconds(20));
  answer(1, 500, milliseconds(30));
  answer(1, 503, milliseconds(40));
  answer_none("GET", 500);
  const auto traffic = meter.by_endpoint();
  ASSERT_EQ(traffic.size(), 1U);
  EXPECT_EQ(traffic[0].endpoint, "DELETE /api/ports/{port}");
  EXPECT_EQ(traffic[0].requests, 4U);
  EXPECT_EQ(traffic[0].errors, 2U);
  EXPECT_DOUBLE_EQ(traffic[0].seconds, 0.1);
  EXPECT_EQ(traffic[0].last_status, 503);
}

TEST_F(RequestMeterTest, ConnectionsAreThoseOfTheServer) {
  EXPECT_EQ(meter.active_connections(), 7);
  connections = 9;
  EXPECT_EQ(meter.active_connections(), 9);
}

TEST_F(RequestMeterTest, NothingIsLostBetweenThreads) {
  constexpr int threads = 4;
  constexpr int each = 5'000;
  std::vector<std::jthread> answering;
  for (int i = 0; i < threads; ++i) {
    answering.emplace_back([&, i] {
      for (int k = 0; k < each; ++k) {
        answer(static_cast<std::size_t>(k) % 2, 200 + k % 5, milliseconds(1));
        answer_none("GET", 400 + i);
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    meter.collect();
    meter.by_endpoint();
  }
  answering.clear();
  std::uint64_t total = 0;
  for (const auto& traffic : meter.by_endpoint()) total += traffic.requests;
  EXPECT_EQ(total, std::uint64_t{threads} * each);
  for (int i = 0; i < threads; ++i) {
    EXPECT_EQ(count("none", "GET", std::to_string(400 + i)), each);
  }
}

}  // namespace
}  // namespace pm::test
