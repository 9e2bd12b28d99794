#include "upstream/upstreams.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <thread>

#include "app/system_clock.h"
#include "domain/draft.h"
#include "fake_meters.h"
#include "fake_outbox.h"
#include "scripted_upstream.h"
#include "support/eventually.h"
#include "support/memory_store.h"
#include "upstream/payloads.h"

namespace pm {
namespace {

using test::eventually;
using test::ScriptedUpstream;
using namespace std::chrono_literals;
using Reply = ScriptedUpstream::Reply;

/// With real threads and the machine's clock.
class UpstreamsTest : public testing::Test {
 protected:
  // Else both sides' threads would make spdlog's registry, behind a guard in a library that
  // ThreadSanitizer does not see into.
  void SetUp() override { spdlog::default_logger(); }
  UpstreamOptions options() const {
    UpstreamOptions options;
    options.calls.timeout = 10s;
    options.calls.backoff = {10ms, 100ms};
    options.calls.circuit = {3, {10ms, 50ms}};
    options.hub.url = hub->url();
    options.hub.unregister_timeout = 500ms;
    options.ninja.url = ninja->url();
    return options;
  }
  void start(const UpstreamOptions& options) {
    upstreams = std::make_unique<Upstreams>(
        options, Upstreams::Parts{store, outbox, clock, meter, traffic, {}});
    store.observe([this](const CommitNotice& notice) { upstreams->on_commit(notice); });
    upstreams->start(8100);
  }
  /// A committed move, as the store tells it.
  void move(const std::string& service_id) {
    outbox.add(service_id, 8000, 8001, clock.now(), {"hub", "ninja"});
    const auto done = store.commit({}, [&](Draft& draft) -> Expected<void> {
      draft.set_action("reassign");
      draft.apply(AnnouncePortChange{service_id, Port::clamped(8000), Port::clamped(8001)});
      return {};
    });
    ASSERT_TRUE(done);
  }
  UpstreamState state(std::size_t place) {
    const auto states = upstreams->states();
    EXPECT_TRUE(states);
    return states ? states->at(place) : UpstreamState{};
  }
  void expect_registered() {
    EXPECT_TRUE(eventually([&] { return state(0).registered && state(1).registered; }));
  }

  std::unique_ptr<ScriptedUpstream> hub{std::make_unique<ScriptedUpstream>()};
  std::unique_ptr<ScriptedUpstream> ninja{std::make_unique<ScriptedUpstream>()};
  const std::string events_{"/api/v1/events/port-change"};
  SystemClock clock;
  test::MemoryStore store;
  test::FakeOutbox outbox;
  test::FakeProcessMeter meter;
  test::FakeTraffic traffic;
  std::unique_ptr<Upstreams> upstreams;
};

TEST_F(UpstreamsTest, RegisterWithBothAndSaySo) {
  start(options());
  expect_registered();
  EXPECT_EQ(state(0).target, "hub");
  EXPECT_EQ(state(0).url, hub->url());
  EXPECT_EQ(state(1).target, "ninja");
  EXPECT_TRUE(state(1).registered_at);
  EXPECT_EQ(hub->requests("/api/v1/services/register")[0].body["port"], 8100);
}

TEST_F(UpstreamsTest, ACommitIsToldToBoth) {
  start(options());
  expect_registered();
  move("kite");
  EXPECT_TRUE(eventually([&] { return hub->count(events_) == 1 && ninja->count(events_) == 1; }));
  EXPECT_TRUE(eventually([&] { return state(0).events.delivered == 1; }));
}

TEST_F(UpstreamsTest, WhatWaitedBeforeTheStartIsToldToo) {
  outbox.add("kite", 8000, 8001, clock.now(), {"hub", "ninja"});
  start(options());
  EXPECT_TRUE(eventually([&] { return hub->count(events_) == 1 && ninja->count(events_) == 1; }));
}

TEST_F(UpstreamsTest, AStalledHubHoldsUpNeitherACommitNorNinja) {
  hub->answer_all({.stall = true});
  start(options());
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) move("kite");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_TRUE(eventually([&] { return ninja->count(events_) == 20; }, 5s));
  EXPECT_EQ(outbox.waiting("hub"), 20);
}

TEST_F(UpstreamsTest, AfterAnAbsenceHubIsToldAllAndRegisteredWithAgain) {
  start(options());
  expect_registered();
  const int port = hub->port();
  hub.reset();
  for (int i = 0; i < 5; ++i) move("svc-" + std::to_string(i));
  EXPECT_TRUE(eventually([&] { return state(0).circuit != Circuit::closed; }));
  EXPECT_NE(state(0).last_error, "");
  EXPECT_EQ(state(0).events.waiting, 5);
  hub = std::make_unique<ScriptedUpstream>(ScriptedUpstream::Script(), port);
  EXPECT_TRUE(eventually([&] { return outbox.waiting("hub") == 0; }));
  EXPECT_TRUE(eventually([&] { return hub->count("/api/v1/services/register") == 1; }));
  EXPECT_TRUE(eventually([&] { return state(0).circuit == Circuit::closed; }));
}

TEST_F(UpstreamsTest, NinjaIsToldOfErrorsAndOfConflictsThatOpen) {
  start(options());
  upstreams->report_error(logged_error("It broke.", clock.now()));
  Conflict conflict;
  conflict.conflict_id = 3;
  conflict.detail = "Two want one port.";
  const auto done = store.commit({}, [&](Draft& draft) -> Expected<void> {
    draft.apply(OpenConflict{conflict});
    return {};
  });
  ASSERT_TRUE(done);
  const std::string path = "/api/v1/errors";
  ASSERT_TRUE(eventually([&] { return ninja->count(path) == 2; }));
  EXPECT_EQ(ninja->requests(path)[0].body["error_message"], "It broke.");
  EXPECT_EQ(ninja->requests(path)[1].body["error_type"], "PortConflictError");
  EXPECT_EQ(ninja->requests(path)[1].body["severity"], "high");
}

TEST_F(UpstreamsTest, AConflictThatChangesWhileItIsOpenIsNoNewOne) {
  start(options());
  const auto open = [&](std::int64_t id, const std::string& detail) {
    Conflict conflict;
    conflict.conflict_id = id;
    conflict.detail = detail;
    const auto done = store.commit({}, [&](Draft& draft) -> Expected<void> {
      draft.apply(OpenConflict{conflict});
      return {};
    });
    ASSERT_TRUE(done);
  };
  open(3, "Two want one port.");
  open(3, "Three want one port.");
  open(4, "Two want another.");
  const std::string path = "/api/v1/errors";
  ASSERT_TRUE(eventually([&] { return ninja->count(path) == 2; }));
  EXPECT_EQ(ninja->requests(path)[1].body["error_message"], "Two want another.");
}

TEST_F(UpstreamsTest, WithoutAUrlThereIsNothing) {
  start({});
  move("kite");
  upstreams->report_error(logged_error("It broke.", clock.now()));
  EXPECT_EQ(upstreams->restart_agent(), nullptr);
  for (const std::size_t place : {0U, 1U}) {
    EXPECT_EQ(state(place).url, "");
    EXPECT_FALSE(state(place).registered);
    EXPECT_EQ(state(place).calls, 0U);
    EXPECT_EQ(state(place).circuit, Circuit::closed);
    EXPECT_EQ(state(place).events.waiting, 1);
  }
  EXPECT_TRUE(hub->requests().empty());
}

TEST_F(UpstreamsTest, OneOfThemMayBeOff) {
  auto only_ninja = options();
  only_ninja.hub.url.clear();
  start(only_ninja);
  move("kite");
  EXPECT_TRUE(eventually([&] { return ninja->count(events_) == 1; }));
  EXPECT_TRUE(hub->requests().empty());
}

TEST_F(UpstreamsTest, HubRestartsServices) {
  start(options());
  ASSERT_NE(upstreams->restart_agent(), nullptr);
  EXPECT_TRUE(upstreams->restart_agent()->restart("kite").accepted);
  EXPECT_EQ(hub->count("/api/v1/services/kite/restart"), 1U);
}

TEST_F(UpstreamsTest, TheEndIsQuickAndHubIsTold) {
  start(options());
  expect_registered();
  const auto began = std::chrono::steady_clock::now();
  upstreams->interrupt();
  upstreams->join();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
  EXPECT_EQ(hub->count("/api/v1/services/unregister"), 1U);
}

TEST_F(UpstreamsTest, TheEndIsQuickWhenBothStall) {
  start(options());
  expect_registered();
  hub->answer_all({.stall = true});
  ninja->answer_all({.stall = true});
  move("kite");
  ASSERT_TRUE(eventually([&] { return hub->count(events_) == 1 && ninja->count(events_) == 1; }));
  const auto began = std::chrono::steady_clock::now();
  upstreams->interrupt();
  upstreams->join();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 1500ms);
  EXPECT_EQ(outbox.waiting("hub"), 1) << "it is told after the next start";
  EXPECT_EQ(outbox.row(0).event.attempts, 0);
}

TEST_F(UpstreamsTest, InterruptedBeforeTheStartItDoesNothing) {
  upstreams = std::make_unique<Upstreams>(
      options(), Upstreams::Parts{store, outbox, clock, meter, traffic, {}});
  upstreams->interrupt();
  upstreams->start(8100);
  upstreams->join();
  EXPECT_TRUE(hub->requests().empty());
  EXPECT_TRUE(ninja->requests().empty());
}

TEST_F(UpstreamsTest, ABacklogThatCannotBeReadIsAnError) {
  start({});
  outbox.fail_call(1);
  EXPECT_EQ(upstreams->states().error().code, ErrorCode::storage_failed);
}

}  // namespace
}  // namespace pm
