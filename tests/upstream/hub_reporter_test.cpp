#include "upstream/hub_reporter.h"

#include <gtest/gtest.h>

#include <thread>

#include "fake_meters.h"
#include "scripted_upstream.h"
#include "support/manual_clock.h"
#include "support/memory_store.h"

namespace pm {
namespace {

using test::ScriptedUpstream;
using namespace std::chrono_literals;
using Reply = ScriptedUpstream::Reply;

class HubReporterTest : public testing::Test {
 protected:
  static UpstreamChannel::Options channel_options(const std::string& url) {
    UpstreamChannel::Options options;
    options.target = "hub";
    options.name = "Hub";
    options.url = url;
    options.circuit = {3, {1s, 4s}};
    return options;
  }
  static HubOptions options() {
    HubOptions options;
    options.register_path = "/register";
    options.unregister_path = "/unregister";
    options.health_path = "/health";
    options.metrics_path = "/metrics";
    options.unregister_timeout = 2s;
    return options;
  }
  HubReporterTest() { reporter.listens_on(8100); }

  std::size_t count(const std::string& path) const { return hub.count(path); }
  Json last(const std::string& path) const { return hub.requests(path).back().body; }
  /// Steps whenever the reporter wants to, for so long.
  void pass(std::chrono::milliseconds time) {
    const auto end = clock.elapsed() + time;
    auto wait = reporter.step();
    while (clock.elapsed() + wait <= end) {
      clock.advance(std::max(wait, 1ms));
      wait = reporter.step();
    }
    clock.advance(end - clock.elapsed());
  }

  ScriptedUpstream hub;
  test::ManualClock clock;
  test::MemoryStore store;
  test::FakeProcessMeter meter;
  test::FakeTraffic traffic;
  std::vector<std::string> issues;
  UpstreamChannel channel{channel_options(hub.url()), clock};
  HubReporter reporter{{channel, clock, store, meter, traffic, [this] { return issues; }},
                       options(),
                       SelfDescription{},
                       {1s, 4s}};
};

TEST_F(HubReporterTest, RegistersFirstAndThenTellsItsHealth) {
  EXPECT_EQ(reporter.step(), 30s);
  ASSERT_EQ(hub.requests().size(), 2U);
  EXPECT_EQ(hub.requests()[0].path, "/register");
  EXPECT_EQ(hub.requests()[0].body["port"], 8100);
  EXPECT_EQ(hub.requests()[1].path, "/health");
  EXPECT_TRUE(reporter.registration().registered);
  EXPECT_EQ(reporter.registration().at, clock.now());
}

TEST_F(HubReporterTest, HealthEveryThirtySecondsAndMetricsEverySixty) {
  pass(5min);
  EXPECT_EQ(count("/register"), 1U);
  EXPECT_EQ(count("/health"), 11U);
  EXPECT_EQ(count("/metrics"), 5U);
}

TEST_F(HubReporterTest, RegistersUntilItIsAcceptedAndTellsNothingBefore) {
  hub.set_script([n = 0](const ScriptedUpstream::Request&) mutable {
    return Reply{.status = ++n < 4 ? 403 : 200};
  });
  pass(500ms);
  EXPECT_EQ(count("/register"), 1U);
  EXPECT_FALSE(reporter.registration().registered);
  pass(20s);
  EXPECT_EQ(count("/register"), 4U);
  EXPECT_EQ(count("/health"), 1U);
  EXPECT_TRUE(reporter.registration().registered);
}

TEST_F(HubReporterTest, ThatHubHasItAlreadyIsAYes) {
  hub.answer_all({.status = 409});
  reporter.step();
  EXPECT_TRUE(reporter.registration().registered);
}

TEST_F(HubReporterTest, RegistersAgainWhenHubDoesNotKnowIt) {
  reporter.step();
  for (const int status : {404, 410}) {
    const auto before = count("/register");
    hub.set_script([status](const ScriptedUpstream::Request& request) {
      return Reply{.status = request.path == "/health" ? status : 200};
    });
    clock.advance(30s);
    EXPECT_EQ(reporter.step(), 0ms);
    EXPECT_FALSE(reporter.registration().registered);
    hub.answer_all({});
    reporter.step();
    EXPECT_EQ(count("/register"), before + 1);
    EXPECT_TRUE(reporter.registration().registered);
  }
}

TEST_F(HubReporterTest, AHubThatNeverKnowsItIsNotFlooded) {
  hub.set_script([](const ScriptedUpstream::Request& request) {
    return Reply{.status = request.path == "/health" ? 404 : 200};
  });
  pass(5min);
  EXPECT_LE(count("/register"), 12U);
  EXPECT_LE(count("/health"), 11U);
}

TEST_F(HubReporterTest, RegistersAgainAfterHubWasAway) {
  channel.on_back([this] { reporter.back(); });
  reporter.step();
  hub.answer_all({.status = 503});
  pass(10min);
  EXPECT_FALSE(reporter.registration().registered);
  EXPECT_TRUE(reporter.registration().at) << "when it was last accepted";
  EXPECT_GT(count("/register"), 3U);
  const auto tried = count("/register");
  hub.answer_all({});
  pass(5s);
  EXPECT_EQ(count("/register"), tried + 1);
  EXPECT_TRUE(reporter.registration().registered);
}

TEST_F(HubReporterTest, RegistersAgainWhenSomebodyElseFoundHubAway) {
  reporter.step();
  hub.answer_all({.close = true});
  channel.post("/events", Json::object());
  hub.answer_all({});
  reporter.step();
  EXPECT_EQ(count("/register"), 2U);
}

TEST_F(HubReporterTest, AHubThatFailsButIsThereKeepsTheRegistration) {
  reporter.step();
  hub.answer_all({.status = 500});
  pass(1min);
  EXPECT_TRUE(reporter.registration().registered);
  EXPECT_EQ(count("/register"), 1U);
}

TEST_F(HubReporterTest, WhileTheCircuitIsOpenItSleeps) {
  hub.answer_all({.status = 503});
  auto wait = reporter.step();
  while (channel.state().circuit != Circuit::open) {
    clock.advance(wait);
    wait = reporter.step();
  }
  EXPECT_GE(wait, channel.closed_for());
  EXPECT_EQ(reporter.step(), channel.closed_for());
  EXPECT_EQ(count("/register"), 3U);
}

TEST_F(HubReporterTest, HealthSaysHowLongItRunsAndWhatIsWrong) {
  reporter.step();
  EXPECT_EQ(last("/health")["status"], "healthy");
  issues = {"The disk is full."};
  pass(90s);
  reporter.step();
  EXPECT_EQ(last("/health")["status"], "degraded");
  EXPECT_EQ(last("/health")["issues"][0], "The disk is full.");
  EXPECT_EQ(last("/health")["metrics"]["uptime"], 90);
}

TEST_F(HubReporterTest, MetricsAreOfTheMinute) {
  const auto processors = std::max(std::thread::hardware_concurrency(), 1U);
  meter.set(100, 1, 8);  // before the first step: not of this minute
  reporter.step();
  meter.set(100 + 6.0 * processors, 2, 8);
  traffic.set({{"GET /a", 10, 1, 0.5, 200}});
  pass(60s);
  reporter.step();
  auto metrics = last("/metrics");
  EXPECT_EQ(metrics["cpu_usage"], 10);
  EXPECT_EQ(metrics["memory_usage"], 25);
  EXPECT_EQ(metrics["active_connections"], 6);
  EXPECT_EQ(metrics["request_count"], 10);
  EXPECT_EQ(metrics["error_count"], 1);
  EXPECT_EQ(metrics["avg_response_time"], 50);
  EXPECT_EQ(metrics["custom_metrics"]["managed_services"], 0);

  traffic.set({{"GET /a", 12, 1, 0.9, 200}});
  pass(60s);
  reporter.step();
  metrics = last("/metrics");
  EXPECT_EQ(metrics["cpu_usage"], 0);
  EXPECT_EQ(metrics["request_count"], 12);
  EXPECT_EQ(metrics["avg_response_time"], 200);
}

TEST_F(HubReporterTest, WhatCannotBeMeasuredIsNought) {
  meter.break_down();
  pass(60s);
  reporter.step();
  EXPECT_EQ(last("/metrics")["cpu_usage"], 0);
  EXPECT_EQ(last("/metrics")["memory_usage"], 0);
}

TEST_F(HubReporterTest, UnregistersInTheEnd) {
  reporter.step();
  channel.stop();
  reporter.farewell();
  ASSERT_EQ(count("/unregister"), 1U);
  EXPECT_EQ(last("/unregister").dump(), R"({"service_id":"itechsmart-port-manager"})");
}

TEST_F(HubReporterTest, WhoIsNotRegisteredDoesNotUnregister) {
  hub.answer_all({.status = 403});
  reporter.step();
  reporter.farewell();
  EXPECT_EQ(count("/unregister"), 0U);
}

TEST_F(HubReporterTest, AHubThatIsAwayIsNotWaitedForInTheEnd) {
  reporter.step();
  hub.answer_all({.status = 500});
  for (int i = 0; i < 3; ++i) channel.post("/events", Json::object());
  reporter.farewell();
  EXPECT_EQ(count("/unregister"), 0U);
}

TEST(HubReporterIntervals, OfNoughtTurnThemOff) {
  ScriptedUpstream hub;
  test::ManualClock clock;
  test::MemoryStore store;
  test::FakeProcessMeter meter;
  test::FakeTraffic traffic;
  UpstreamChannel::Options channel_options;
  channel_options.url = hub.url();
  UpstreamChannel channel(channel_options, clock);
  HubOptions options;
  options.health_interval = 0ms;
  options.metrics_interval = 0ms;
  HubReporter reporter({channel, clock, store, meter, traffic, {}}, options, {}, {1s, 4s});
  EXPECT_EQ(reporter.step(), Schedule::never);
  clock.advance(10min);
  reporter.step();
  EXPECT_EQ(hub.requests().size(), 1U) << "the registration";
}

}  // namespace
}  // namespace pm
