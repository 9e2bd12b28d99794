#include "upstream/ninja_reporter.h"

#include <gmock/gmock.h>

#include <set>

#include "fake_meters.h"
#include "scripted_upstream.h"
#include "support/manual_clock.h"

namespace pm {
namespace {

using test::ScriptedUpstream;
using testing::ElementsAre;
using testing::SizeIs;
using namespace std::chrono_literals;
using Reply = ScriptedUpstream::Reply;

class NinjaReporterTest : public testing::Test {
 protected:
  static UpstreamChannel::Options channel_options(const std::string& url) {
    UpstreamChannel::Options options;
    options.target = "ninja";
    options.name = "Ninja";
    options.url = url;
    options.circuit = {3, {1s, 4s}};
    return options;
  }
  static NinjaOptions options() {
    NinjaOptions options;
    options.register_path = "/register";
    options.errors_path = "/errors";
    options.performance_path = "/performance";
    return options;
  }
  void report(const std::string& message) { errors.push(logged_error(message, clock.now())); }
  std::vector<std::string> told() const {
    std::vector<std::string> messages;
    for (const auto& request : ninja.requests("/errors")) {
      messages.push_back(request.body["error_message"]);
    }
    return messages;
  }

  ScriptedUpstream ninja;
  test::ManualClock clock;
  test::FakeTraffic traffic;
  ErrorQueue errors{3};
  UpstreamChannel channel{channel_options(ninja.url()), clock};
  NinjaReporter reporter{{channel, clock, traffic, errors}, options(), SelfDescription{}, {1s, 4s}};
};

TEST_F(NinjaReporterTest, RegistersOnce) {
  EXPECT_EQ(reporter.step(), 60s);
  reporter.step();
  EXPECT_EQ(ninja.count("/register"), 1U);
  EXPECT_TRUE(reporter.registration().registered);
  EXPECT_EQ(ninja.requests()[0].body["monitoring_enabled"], true);
}

TEST_F(NinjaReporterTest, RegistersUntilItIsAccepted) {
  ninja.answer_all({.status = 403});
  for (int i = 0; i < 3; ++i) clock.advance(reporter.step());
  EXPECT_EQ(ninja.count("/register"), 3U);
  ninja.answer_all({.status = 409});
  reporter.step();
  EXPECT_TRUE(reporter.registration().registered);
}

TEST_F(NinjaReporterTest, SendsErrorsInTheirOrder) {
  report("first");
  report("second");
  reporter.step();
  EXPECT_THAT(told(), ElementsAre("first", "second"));
  EXPECT_EQ(errors.size(), 0U);
}

TEST_F(NinjaReporterTest, AnErrorIsSentUntilNinjaAnswers) {
  reporter.step();
  report("first");
  ninja.answer_all({.status = 500});
  const auto wait = reporter.step();
  EXPECT_GE(wait, 500ms);
  EXPECT_LE(wait, 1s);
  reporter.step();
  EXPECT_THAT(told(), SizeIs(1)) << "not before its time";
  ninja.answer_all({});
  clock.advance(wait);
  reporter.step();
  EXPECT_THAT(told(), ElementsAre("first", "first"));
  reporter.step();
  EXPECT_THAT(told(), SizeIs(2));
}

TEST_F(NinjaReporterTest, ARefusedErrorIsNotSentAgain) {
  ninja.answer_all({.status = 422});
  report("first");
  reporter.step();
  EXPECT_EQ(errors.size(), 0U);
}

TEST_F(NinjaReporterTest, ErrorsDoNotWaitForTheRegistration) {
  ninja.set_script([](const ScriptedUpstream::Request& request) {
    return Reply{.status = request.path == "/register" ? 403 : 200};
  });
  report("first");
  reporter.step();
  EXPECT_THAT(told(), ElementsAre("first"));
  EXPECT_FALSE(reporter.registration().registered);
}

TEST_F(NinjaReporterTest, WhatIsTooMuchIsDroppedAndCounted) {
  ninja.answer_all({.status = 503});
  for (int i = 0; i < 5; ++i) reporter.step();
  for (const char* message : {"a", "b", "c", "d", "e"}) report(message);
  ninja.answer_all({});
  clock.advance(10s);
  reporter.back();
  reporter.step();
  EXPECT_THAT(told(), ElementsAre("c", "d", "e"));
  EXPECT_EQ(ninja.requests("/errors")[0].body["context"]["reports_dropped"], 2);
  EXPECT_FALSE(ninja.requests("/errors")[1].body["context"].contains("reports_dropped"));
}

TEST_F(NinjaReporterTest, WhenNinjaIsBackNothingWaits) {
  channel.on_back([this] { reporter.back(); });
  reporter.step();
  report("first");
  ninja.answer_all({.status = 503});
  for (int i = 0; i < 4; ++i) clock.advance(reporter.step());
  EXPECT_EQ(channel.state().circuit, Circuit::open);
  ninja.answer_all({});
  clock.advance(channel.closed_for());
  channel.post("/events", Json::object());
  reporter.step();
  EXPECT_EQ(errors.size(), 0U);
}

TEST_F(NinjaReporterTest, PerformancePerEndpointUsedInTheMinute) {
  reporter.step();
  traffic.set({{"GET /a", 10, 0, 0.5, 200}, {"POST /b", 1, 1, 0.1, 503}});
  clock.advance(60s);
  reporter.step();
  ASSERT_EQ(ninja.count("/performance"), 2U);
  std::set<std::string> told;
  for (const auto& request : ninja.requests("/performance")) {
    told.insert(request.body["endpoint"].get<std::string>() + " " +
                request.body["response_time"].dump() + " " + request.body["error"].dump());
  }
  EXPECT_THAT(told, ElementsAre("/a 50.0 null",
                                "/b 100.0 \"1 of 1 requests were answered with a status of 500 or "
                                "above.\""));
  clock.advance(60s);
  EXPECT_EQ(reporter.step(), 60s);
  EXPECT_EQ(ninja.count("/performance"), 2U) << "nothing was asked meanwhile";
}

TEST_F(NinjaReporterTest, AMinuteThatNinjaWasAwayForIsNotSentLater) {
  reporter.step();
  ninja.answer_all({.status = 500});
  for (int i = 0; i < 3; ++i) channel.post("/events", Json::object());
  ASSERT_EQ(channel.state().circuit, Circuit::open);
  traffic.set({{"GET /a", 10, 0, 0.5, 200}});
  clock.advance(60s);
  channel.post("/events", Json::object());  // the one call that decides: still away
  reporter.step();
  ninja.answer_all({});
  clock.advance(60s);
  reporter.step();
  EXPECT_EQ(ninja.count("/performance"), 0U);
}

TEST_F(NinjaReporterTest, SleepsUntilItsNextTime) {
  reporter.step();
  clock.advance(20s);
  EXPECT_EQ(reporter.step(), 40s);
}

}  // namespace
}  // namespace pm
