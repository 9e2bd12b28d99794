#include <gtest/gtest.h>

#include "http/api_world.h"

namespace pm::test {
namespace {

struct FakeUpstreams final : UpstreamView {
  Expected<std::vector<UpstreamState>> states() override { return answer; }

  Expected<std::vector<UpstreamState>> answer;
};

class UpstreamRoutes : public testing::Test, public ApiWorld {
 protected:
  UpstreamRoutes() {
    api.upstreams = &upstreams;
    router = make_router(api);
  }
  /// What is answered of Hub when this is its state.
  Json hub(UpstreamState state) {
    state.target = "hub";
    upstreams.answer = std::vector{std::move(state)};
    return get("/api/upstream").body["upstreams"][0];
  }

  FakeUpstreams upstreams;
};

TEST_F(UpstreamRoutes, WhereThereAreNoneBothAreOff) {
  api.upstreams = nullptr;
  router = make_router(api);
  const auto answer = get("/api/upstream");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.body["success"], true);
  ASSERT_EQ(answer.body["upstreams"].size(), 2U);
  EXPECT_EQ(answer.body["upstreams"][0].dump(),
            R"({"target":"hub","url":null,"enabled":false,"state":"off","registered_at":null,)"
            R"("circuit":"closed","retry_at":null,"last_success_at":null,"last_failure_at":null,)"
            R"("last_error":null,"calls":0,"failures":0,"backlog":{"waiting":0,"oldest_at":null,)"
            R"("delivered":0,"given_up":0,"superseded":0}})");
  EXPECT_EQ(answer.body["upstreams"][1]["target"], "ninja");
  EXPECT_EQ(answer.body["upstreams"][1]["state"], "off");
}

TEST_F(UpstreamRoutes, TellsHowItStandsWithEach) {
  const auto at = [](int seconds) { return ManualClock::start + std::chrono::seconds(seconds); };
  UpstreamState state;
  state.url = "http://127.0.0.1:8001";
  state.registered = true;
  state.registered_at = at(0);
  state.circuit = Circuit::open;
  state.retry_at = at(4);
  state.last_success_at = at(1);
  state.last_failure_at = at(2);
  state.last_error = "It did not answer in time.";
  state.calls = 17;
  state.failures = 3;
  state.events = {
      .waiting = 5, .oldest_at = at(3), .delivered = 11, .given_up = 2, .superseded = 1};
  EXPECT_EQ(hub(state).dump(),
            R"({"target":"hub","url":"http://127.0.0.1:8001","enabled":true,"state":"away",)"
            R"("registered_at":"2026-11-22T20:05:10.000Z","circuit":"open",)"
            R"("retry_at":"2026-11-22T20:05:14.000Z","last_success_at":"2026-11-22T20:05:11.000Z",)"
            R"("last_failure_at":"2026-11-22T20:05:12.000Z",)"
            R"("last_error":"It did not answer in time.","calls":17,"failures":3,)"
            R"("backlog":{"waiting":5,"oldest_at":"2026-11-22T20:05:13.000Z","delivered":11,)"
            R"("given_up":2,"superseded":1}})");
}

TEST_F(UpstreamRoutes, TheStateIsOneWord) {
  UpstreamState state;
  state.url = "http://127.0.0.1:8001";
  EXPECT_EQ(hub(state)["state"], "registering");
  state.registered = true;
  EXPECT_EQ(hub(state)["state"], "registered");
  state.circuit = Circuit::half_open;
  EXPECT_EQ(hub(state)["state"], "away");
  EXPECT_EQ(hub(state)["circuit"], "half_open");
}

TEST_F(UpstreamRoutes, WhatCannotBeReadIsAnError) {
  upstreams.answer = fail(ErrorCode::storage_failed, "The outbox cannot be read.");
  EXPECT_EQ(get("/api/upstream").body["code"], "storage_failed");
}

TEST_F(UpstreamRoutes, IsNotAnsweredOnTheReactor) {
  EXPECT_EQ(lane("/api/upstream"), Lane::read);
}

}  // namespace
}  // namespace pm::test
