#include "app/health_checks.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <stdexcept>

#include "app/world.h"
#include "support/eventually.h"

namespace pm::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Its health is what the hook says.
class HookedClient final : public ServiceClient {
 public:
  explicit HookedClient(std::function<HealthReply()> hook) : hook_(std::move(hook)) {}
  UpdateReply update_port(const ServiceAddress&, Port, Port, Timestamp) override { return {}; }
  HealthReply health(const ServiceAddress&) override { return hook_(); }
  std::vector<HealthReply> health_of_all(const std::vector<ServiceAddress>& addresses,
                                         std::chrono::milliseconds) override {
    std::vector<HealthReply> replies(addresses.size());
    std::generate(replies.begin(), replies.end(), hook_);
    return replies;
  }
  RestartReply restart(const ServiceAddress&) override { return {}; }
  bool accepts_connections(const std::string&, Port) override { return true; }

 private:
  std::function<HealthReply()> hook_;
};

class HealthChecksTest : public testing::Test, public World {
 protected:
  HealthChecks health{store, client, addresses, clock};

  HealthChecks::Status check(const std::string& service_id) {
    const auto status = health.check(context, service_id);
    EXPECT_TRUE(status) << status.error().message;
    return status.value_or(HealthChecks::Status{});
  }
};

TEST_F(HealthChecksTest, NothingIsKnownAtFirst) {
  have("kite", 8000);
  const auto status = health.status("kite");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->port, Port::clamped(8000));
  EXPECT_EQ(status->health.status, HealthStatus::unknown);
  EXPECT_EQ(status->health.last_checked, Timestamp{});
}

TEST_F(HealthChecksTest, AnHealthyServiceIsRecordedOnceAndItsTimeRenewed) {
  have("kite", 8000);
  client.run("kite", 8000);
  EXPECT_EQ(check("kite").health.status, HealthStatus::healthy);
  const auto revision = store.snapshot()->revision();
  EXPECT_EQ(store.snapshot()->health("kite")->status, HealthStatus::healthy);

  clock.advance(std::chrono::seconds(5));
  check("kite");
  EXPECT_EQ(store.snapshot()->revision(), revision);
  EXPECT_EQ(health.status("kite")->health.last_checked,
            ManualClock::start + std::chrono::seconds(5));
}

TEST_F(HealthChecksTest, AChangeIsRecorded) {
  have("kite", 8000);
  auto& kite = client.run("kite", 8000);
  check("kite");
  kite.healthy = false;
  EXPECT_EQ(check("kite").health.status, HealthStatus::unhealthy);
  EXPECT_EQ(store.snapshot()->health("kite")->status, HealthStatus::unhealthy);
  EXPECT_EQ(store.snapshot()->health("kite")->detail, "degraded");
  EXPECT_EQ(changes_of<PutHealth>(store.change_sets()).size(), 2U);
  EXPECT_EQ(store.change_sets().back().action, "health");
}

TEST_F(HealthChecksTest, TheDetailIsThatOfTheLastCheck) {
  have("kite", 8000);
  auto& kite = client.run("kite", 8000);
  kite.healthy = false;
  check("kite");
  const auto revision = store.snapshot()->revision();
  kite.ports.clear();
  clock.advance(std::chrono::seconds(5));
  const auto detail = check("kite").health.detail;
  EXPECT_NE(detail, "degraded");
  EXPECT_EQ(health.status("kite")->health.detail, detail);
  EXPECT_EQ(store.snapshot()->revision(), revision);
}

TEST_F(HealthChecksTest, OfAServiceWithoutAPortNothingIsKnown) {
  have("kite", 8000);
  check("kite");
  ASSERT_EQ(health.status("kite")->health.status, HealthStatus::unhealthy);
  ASSERT_TRUE(ports.release(context, "kite"));
  EXPECT_EQ(health.status("kite")->health.status, HealthStatus::unknown);
  EXPECT_EQ(health.status("kite")->health.detail, "it has no port");
}

TEST_F(HealthChecksTest, AServiceOfUdpIsNotAskedOnTheTcpPortOfTheSameNumber) {
  client.run("wren", 8000);
  ASSERT_TRUE(store.commit(context, [](Draft& draft) -> Expected<void> {
    const PortKey key{std::string(local_host), Protocol::udp, Port::clamped(8000)};
    return assign(draft, {"kite", key, false}).map([](const auto&) {});
  }));
  const auto asked = health.check(context, "kite");
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code, ErrorCode::unknown_port);
  EXPECT_THAT(asked.error().message, HasSubstr("port 8000/udp"));
  EXPECT_EQ(health.restart("kite").error().code, ErrorCode::unknown_port);
}

TEST_F(HealthChecksTest, ARefusalIsNotKept) {
  EXPECT_EQ(health.check(context, "kite").error().code, ErrorCode::unknown_service);
  have("kite", 8000);
  client.run("kite", 8000);
  EXPECT_EQ(check("kite").health.status, HealthStatus::healthy);
}

TEST_F(HealthChecksTest, WhoAsksMeanwhileGetsTheSameAnswer) {
  have("kite", 8000);
  std::promise<void> door;
  std::atomic<int> calls{0};
  HookedClient slow([&, opened = door.get_future().share()] {
    ++calls;
    opened.wait();
    return HealthReply{Reach::answered, true, 200, "kite", "ok"};
  });
  HealthChecks checks(store, slow, addresses, clock);
  const auto ask = [&] { return checks.check(context, "kite"); };
  auto first = std::async(std::launch::async, ask);
  ASSERT_TRUE(eventually([&] { return calls == 1; }));
  auto second = std::async(std::launch::async, ask);
  EXPECT_FALSE(eventually([&] { return calls == 2; }, std::chrono::milliseconds(50)));
  door.set_value();
  EXPECT_EQ(first.get()->health.status, HealthStatus::healthy);
  EXPECT_EQ(second.get()->health.status, HealthStatus::healthy);
}

TEST_F(HealthChecksTest, ACheckThatThrowsLeavesTheNextOneUnharmed) {
  have("kite", 8000);
  bool throws = true;
  HookedClient client_that_throws([&] {
    if (throws) throw std::runtime_error("out of everything");
    return HealthReply{Reach::answered, true, 200, "kite", "ok"};
  });
  HealthChecks checks(store, client_that_throws, addresses, clock);
  EXPECT_THROW(checks.check(context, "kite"), std::runtime_error);
  throws = false;
  EXPECT_TRUE(checks.check(context, "kite"));
}

TEST_F(HealthChecksTest, SomebodyElseOnThePortIsNotHealth) {
  have("kite", 8000);
  client.run("wren", 8000);
  const auto status = check("kite");
  EXPECT_EQ(status.health.status, HealthStatus::unhealthy);
  EXPECT_EQ(status.health.detail, "answered by wren");
}

TEST_F(HealthChecksTest, AnAnswerThatDoesNotSayWhoItIsCounts) {
  have("kite", 8000);
  client.run("", 8000).identity = std::nullopt;
  EXPECT_EQ(check("kite").health.status, HealthStatus::healthy);
}

TEST_F(HealthChecksTest, NobodyThereIsUnhealthy) {
  have("kite", 8000);
  const auto status = check("kite");
  EXPECT_EQ(status.health.status, HealthStatus::unhealthy);
  EXPECT_EQ(status.health.detail, "connection refused");
}

TEST_F(HealthChecksTest, WhoCannotBeAskedIsSaid) {
  Service service;
  service.service_id = "idle";
  put_service(service);
  EXPECT_EQ(health.check(context, "nobody").error().code, ErrorCode::unknown_service);
  EXPECT_EQ(health.check(context, "idle").error().code, ErrorCode::unknown_port);
  EXPECT_EQ(health.status("nobody").error().code, ErrorCode::unknown_service);
  EXPECT_FALSE(health.status("idle")->port);
  EXPECT_EQ(health.restart("nobody").error().code, ErrorCode::unknown_service);
  EXPECT_EQ(health.restart("idle").error().code, ErrorCode::unknown_port);
}

TEST_F(HealthChecksTest, AStatusThatCouldNotBeRecordedIsAnError) {
  have("kite", 8000);
  store.fail_commit(1);
  EXPECT_EQ(health.check(context, "kite").error().code, ErrorCode::storage_full);
  EXPECT_EQ(health.status("kite")->health.last_checked, Timestamp{});
}

TEST_F(HealthChecksTest, AServiceRemovedDuringItsCheckStaysRemoved) {
  have("kite", 8000);
  HookedClient removing([this] {
    commit([](Draft& draft) { return remove_service(draft, "kite"); });
    return HealthReply{Reach::answered, true, 200, "kite", "ok"};
  });
  HealthChecks racing(store, removing, addresses, clock);
  EXPECT_EQ(racing.check(context, "kite").error().code, ErrorCode::unknown_service);
  EXPECT_FALSE(store.snapshot()->service("kite"));
}

TEST_F(HealthChecksTest, StatusesAreInTheOrderOfTheIds) {
  have("wren", 8001);
  have("kite", 8000);
  const auto all = health.statuses();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].service_id, "kite");
  EXPECT_EQ(all[1].service_id, "wren");
}

TEST_F(HealthChecksTest, Restarts) {
  have("kite", 8000);
  const auto unreachable = health.restart("kite");
  EXPECT_EQ(unreachable.error().code, ErrorCode::service_unreachable);
  auto& kite = client.run("kite", 8000);
  EXPECT_EQ(*health.restart("kite"), "kite accepted the restart: restarting");
  kite.restarts = false;
  const auto refused = health.restart("kite");
  EXPECT_EQ(refused.error().code, ErrorCode::service_refused);
  EXPECT_THAT(refused.error().message, HasSubstr("kite on port 8000 did not restart: it is busy"));
}

/// Restarts what it is asked to, or nothing.
class FakeAgent final : public RestartAgent {
 public:
  RestartReply restart(const std::string& service_id) override {
    asked.push_back(service_id);
    return {Reach::answered, accepts, accepts ? 200 : 404, accepts ? "Hub restarts it" : "no"};
  }

  bool accepts{true};
  std::vector<std::string> asked;
};

TEST_F(HealthChecksTest, TheAgentRestartsBeforeTheServiceIsAsked) {
  have("kite", 8000);
  FakeAgent agent;
  HealthChecks with_agent(store, client, addresses, clock, std::chrono::seconds(5), &agent);
  EXPECT_EQ(*with_agent.restart("kite"), "The restart of kite is accepted: Hub restarts it");
  EXPECT_THAT(agent.asked, ElementsAre("kite"));
  EXPECT_EQ(with_agent.restart("wren").error().code, ErrorCode::unknown_service);
  EXPECT_THAT(agent.asked, ElementsAre("kite"));

  agent.accepts = false;
  client.run("kite", 8000);
  EXPECT_EQ(*with_agent.restart("kite"), "kite accepted the restart: restarting");
  EXPECT_THAT(agent.asked, ElementsAre("kite", "kite"));
}

class HealthRoundTest : public HealthChecksTest {
 protected:
  HealthChecks::Round round(const std::optional<std::vector<std::string>>& only = std::nullopt) {
    const auto done = health.check_all(context, only);
    EXPECT_TRUE(done) << done.error().message;
    return done.value_or(HealthChecks::Round{});
  }
  HealthStatus status_of(const std::string& service_id) const {
    return health.status(service_id)->health.status;
  }
};

TEST_F(HealthRoundTest, OneCommitForAllThatChanged) {
  have("kite", 8000);
  have("wren", 8001);
  have("stopped", 8002);
  Service idle;
  idle.service_id = "idle";
  put_service(idle);
  client.run("kite", 8000);
  client.run("wren", 8001).healthy = false;
  const auto revision = store.snapshot()->revision();
  const auto done = round();
  EXPECT_EQ(done.asked, 3);
  EXPECT_EQ(done.changed, 2);
  EXPECT_THAT(done.contradicted, IsEmpty());
  EXPECT_EQ(store.snapshot()->revision(), revision + 1);
  EXPECT_EQ(store.change_sets().back().action, "health");
  EXPECT_EQ(status_of("kite"), HealthStatus::healthy);
  EXPECT_EQ(status_of("wren"), HealthStatus::unhealthy);
  EXPECT_EQ(store.snapshot()->health("wren")->detail, "degraded");
  const auto written = changes_of<PutHealth>({store.change_sets().back()});
  ASSERT_EQ(written.size(), 2U);
  EXPECT_EQ(written[0].port, Port::clamped(8000));

  clock.advance(std::chrono::seconds(30));
  EXPECT_EQ(round().changed, 0);
  EXPECT_EQ(store.snapshot()->revision(), revision + 1);
  EXPECT_EQ(health.status("kite")->health.last_checked,
            ManualClock::start + std::chrono::seconds(30));
}

TEST_F(HealthRoundTest, OneThatWasNeverSeenIsNotSick) {
  have("kite", 8000);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(round().changed, 0);
  EXPECT_EQ(status_of("kite"), HealthStatus::unknown);
  EXPECT_EQ(health.status("kite")->health.last_checked, ManualClock::start);
}

TEST_F(HealthRoundTest, OneOddAnswerChangesNothingAndIsWorthASecondLook) {
  have("kite", 8000);
  auto& kite = client.run("kite", 8000);
  round();
  kite.healthy = false;
  auto done = round();
  EXPECT_EQ(done.changed, 0);
  EXPECT_THAT(done.contradicted, ElementsAre("kite"));
  EXPECT_EQ(status_of("kite"), HealthStatus::healthy);
  kite.healthy = true;
  EXPECT_THAT(round().contradicted, IsEmpty());
  kite.healthy = false;
  EXPECT_EQ(round().changed, 0) << "it was well in between";
  done = round();
  EXPECT_EQ(done.changed, 1);
  EXPECT_THAT(done.contradicted, IsEmpty());
  EXPECT_EQ(status_of("kite"), HealthStatus::unhealthy);
  kite.healthy = true;
  EXPECT_EQ(round().changed, 0);
  EXPECT_EQ(round().changed, 1);
  EXPECT_EQ(status_of("kite"), HealthStatus::healthy);
}

TEST_F(HealthRoundTest, OneThatIsGoneIsUnhealthyAfterTwoRounds) {
  have("kite", 8000);
  run_service("kite", 8000, 1);
  round();
  stop_service(1);
  EXPECT_THAT(round().contradicted, ElementsAre("kite"));
  EXPECT_EQ(round().changed, 1);
  EXPECT_EQ(status_of("kite"), HealthStatus::unhealthy);
}

TEST_F(HealthRoundTest, OneThatTakesConnectionsAndSaysNothingIsUnhealthy) {
  have("kite", 8000);
  client.run("kite", 8000).silent = true;
  EXPECT_EQ(round().changed, 1);
  EXPECT_EQ(status_of("kite"), HealthStatus::unhealthy);
}

TEST_F(HealthRoundTest, SomebodyElseOnThePortIsNamed) {
  have("kite", 8000);
  have("wren", 8001);
  client.run("wren", 8000);
  client.run("", 8001).identity = std::nullopt;
  const auto done = round();
  EXPECT_THAT(done.imposters, ElementsAre(tcp(8000)));
  EXPECT_EQ(status_of("kite"), HealthStatus::unhealthy);
  EXPECT_EQ(store.snapshot()->health("kite")->detail, "answered by wren");
  EXPECT_EQ(status_of("wren"), HealthStatus::healthy);
}

TEST_F(HealthRoundTest, OnlyThoseThatAreNamed) {
  have("kite", 8000);
  have("wren", 8001);
  client.run("kite", 8000);
  client.run("wren", 8001);
  const auto done = round({{"wren", "nobody"}});
  EXPECT_EQ(done.asked, 1);
  EXPECT_EQ(status_of("kite"), HealthStatus::unknown);
  EXPECT_EQ(status_of("wren"), HealthStatus::healthy);
  EXPECT_EQ(round(std::vector<std::string>{}).asked, 0);
}

TEST_F(HealthRoundTest, UdpHasNoHealth) {
  commit([](Draft& draft) -> Expected<void> {
    const PortKey key{std::string(local_host), Protocol::udp, Port::clamped(8000)};
    EXPECT_TRUE(assign(draft, {"kite", key, false}));
    return {};
  });
  EXPECT_EQ(round().asked, 0);
}

TEST_F(HealthRoundTest, WhatCouldNotBeRecordedIsFoundByTheNextRound) {
  have("kite", 8000);
  auto& kite = client.run("kite", 8000);
  round();
  kite.healthy = false;
  round();
  store.fail_commit(1);
  const auto failed = health.check_all(context);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::storage_full);
  EXPECT_EQ(status_of("kite"), HealthStatus::healthy);
  EXPECT_EQ(round().changed, 1);
  EXPECT_EQ(status_of("kite"), HealthStatus::unhealthy);
}

TEST_F(HealthRoundTest, AServiceRemovedDuringTheRoundStaysRemoved) {
  have("kite", 8000);
  have("wren", 8001);
  HookedClient removing([this] {
    if (store.snapshot()->service("kite")) {
      commit([](Draft& draft) { return remove_service(draft, "kite"); });
    }
    return HealthReply{Reach::answered, true, 200, std::nullopt, "ok"};
  });
  HealthChecks racing(store, removing, addresses, clock);
  ASSERT_TRUE(racing.check_all(context));
  EXPECT_FALSE(store.snapshot()->service("kite"));
  EXPECT_FALSE(store.snapshot()->health("kite"));
  EXPECT_EQ(store.snapshot()->health("wren")->status, HealthStatus::healthy);
}

TEST_F(HealthRoundTest, AnAnswerOnDemandCountsAtOnceAndBeginsAnew) {
  have("kite", 8000);
  auto& kite = client.run("kite", 8000);
  round();
  kite.healthy = false;
  round();
  kite.healthy = true;
  check("kite");
  kite.healthy = false;
  EXPECT_EQ(round().changed, 0) << "the check on demand found it well";
  EXPECT_EQ(check("kite").health.status, HealthStatus::unhealthy);
}

}  // namespace
}  // namespace pm::test
