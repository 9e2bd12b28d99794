#include "upstream/outbox_delivery.h"

#include <gmock/gmock.h>

#include <array>
#include <map>
#include <random>
#include <set>

#include "fake_outbox.h"
#include "scripted_upstream.h"
#include "support/manual_clock.h"

namespace pm {
namespace {

using test::FakeOutbox;
using test::ManualClock;
using test::ScriptedUpstream;
using testing::ElementsAre;
using testing::SizeIs;
using namespace std::chrono_literals;
using Reply = ScriptedUpstream::Reply;
using State = test::MemoryOutbox::State;

const std::string path = "/events";

class OutboxDeliveryTest : public testing::Test {
 protected:
  static UpstreamCallOptions call_options() {
    UpstreamCallOptions options;
    options.at_once = 4;
    options.backoff = {1s, 60s};
    options.give_up = {3, 24h};
    options.outbox = {500, 20};
    return options;
  }
  static UpstreamChannel::Options channel_options(const std::string& url) {
    UpstreamChannel::Options options;
    options.target = "hub";
    options.name = "Hub";
    options.url = url;
    options.circuit = {3, {1s, 8s}};
    return options;
  }
  /// The event ids in the order in which they came.
  std::vector<std::string> told() const {
    std::vector<std::string> ids;
    for (const auto& request : hub.requests(path)) ids.push_back(request.body["event_id"]);
    return ids;
  }
  std::vector<std::string> told_of(const std::string& service_id) const {
    std::vector<std::string> ids;
    for (const auto& id : told()) {
      if (id.starts_with(service_id + "#")) ids.push_back(id);
    }
    return ids;
  }
  void add(const std::string& service_id, int count = 1) {
    for (int i = 0; i < count; ++i) outbox.add(service_id, 8000 + i, 8001 + i, clock.now());
  }

  ScriptedUpstream hub;
  ManualClock clock;
  FakeOutbox outbox;
  UpstreamChannel channel{channel_options(hub.url()), clock};
  OutboxDelivery delivery{outbox, channel, clock, path, call_options()};
};

TEST_F(OutboxDeliveryTest, DeliversWhatIsDueInOrderPerService) {
  add("kite", 3);
  add("wren", 2);
  add("kite");
  delivery.step();
  EXPECT_THAT(told_of("kite"), ElementsAre("kite#1", "kite#2", "kite#3", "kite#4"));
  EXPECT_THAT(told_of("wren"), ElementsAre("wren#1", "wren#2"));
  EXPECT_EQ(outbox.waiting("hub"), 0);
  EXPECT_EQ(hub.requests().front().body["event"], "port_changed");
}

TEST_F(OutboxDeliveryTest, SeveralServicesAreToldAtOnce) {
  for (int i = 0; i < 12; ++i) add("svc-" + std::to_string(i));
  delivery.step();
  EXPECT_THAT(told(), SizeIs(12));
  EXPECT_LE(hub.peak(), 4U);
}

TEST_F(OutboxDeliveryTest, ThenItSleepsUntilTheNextMinuteAtMost) {
  EXPECT_EQ(delivery.step(), 60s);
}

TEST_F(OutboxDeliveryTest, EachTargetHasItsOwn) {
  outbox.add("kite", 8000, 8001, clock.now(), {"ninja"});
  delivery.step();
  EXPECT_THAT(told(), SizeIs(0));
  EXPECT_EQ(outbox.waiting("ninja"), 1);
}

TEST_F(OutboxDeliveryTest, AFailureIsTriedAgainWithTheSameIdAndNothingOvertakesIt) {
  add("kite", 2);
  hub.answer_all({.status = 500});
  const auto wait = delivery.step();
  EXPECT_THAT(told(), ElementsAre("kite#1"));
  EXPECT_LE(wait, 1s);
  const auto row = outbox.row(0);
  EXPECT_EQ(row.event.attempts, 1);
  EXPECT_EQ(row.state, State::waiting);
  EXPECT_NE(row.last_error, "");
  hub.answer_all({});
  clock.advance(1s);
  delivery.step();
  EXPECT_THAT(told(), ElementsAre("kite#1", "kite#1", "kite#2"));
}

TEST_F(OutboxDeliveryTest, OneThatIsPutOffHoldsUpNoOther) {
  add("kite", 2);
  add("wren", 3);
  hub.set_script([](const ScriptedUpstream::Request& request) {
    return Reply{.status = request.body["service_id"] == "kite" ? 422 : 200};
  });
  delivery.step();
  EXPECT_THAT(told_of("kite"), ElementsAre("kite#1"));
  EXPECT_THAT(told_of("wren"), ElementsAre("wren#1", "wren#2", "wren#3"));
}

TEST_F(OutboxDeliveryTest, WhatIsRefusedAgainAndAgainIsGivenUpAndTheNextOneGoesOn) {
  add("kite", 2);
  hub.set_script([](const ScriptedUpstream::Request& request) {
    return Reply{.status = request.body["event_id"] == "kite#1" ? 422 : 200};
  });
  for (int i = 0; i < 3; ++i) {
    delivery.step();
    clock.advance(60s);
  }
  EXPECT_THAT(told(), ElementsAre("kite#1", "kite#1", "kite#1", "kite#2"));
  EXPECT_EQ(outbox.row(0).state, State::given_up);
  EXPECT_NE(outbox.row(0).last_error.find("HTTP 422"), std::string::npos);
  EXPECT_EQ(outbox.row(1).state, State::delivered);
}

TEST_F(OutboxDeliveryTest, NobodyIsCalledWhileTheCircuitIsOpen) {
  for (int i = 0; i < 8; ++i) add("svc-" + std::to_string(i));
  hub.answer_all({.status = 500});
  const auto wait = delivery.step();
  EXPECT_THAT(told(), SizeIs(4)) << "a batch";
  EXPECT_EQ(wait, channel.closed_for());
  clock.advance(wait - 1ms);
  delivery.step();
  EXPECT_THAT(told(), SizeIs(4));
  clock.advance(1ms);
  delivery.step();
  EXPECT_THAT(told(), SizeIs(5)) << "one decides";
}

TEST_F(OutboxDeliveryTest, WhenTheTargetIsBackNothingWaitsForItsBackoff) {
  channel.on_back([this] { delivery.back(); });
  for (int i = 0; i < 8; ++i) add("svc-" + std::to_string(i));
  hub.answer_all({.status = 500});
  while (outbox.row(0).event.attempts < 4) clock.advance(delivery.step());
  hub.answer_all({});
  clock.advance(channel.closed_for());
  delivery.step();
  clock.advance(10ms);
  delivery.step();
  EXPECT_EQ(outbox.hurried(), 1);
  EXPECT_EQ(outbox.waiting("hub"), 0);
}

TEST_F(OutboxDeliveryTest, WhatCouldNotBeSettledIsSentAgain) {
  add("kite");
  outbox.fail_call(2);  // due() succeeds, settle() does not
  EXPECT_EQ(delivery.step(), 5s);
  EXPECT_EQ(outbox.waiting("hub"), 1);
  delivery.step();
  EXPECT_THAT(told(), ElementsAre("kite#1", "kite#1"));
  EXPECT_EQ(outbox.waiting("hub"), 0);
}

TEST_F(OutboxDeliveryTest, AnOutboxThatCannotBeReadIsTriedAgainLater) {
  add("kite");
  outbox.fail_call(1);
  EXPECT_EQ(delivery.step(), 5s);
  EXPECT_THAT(told(), SizeIs(0));
  delivery.step();
  EXPECT_THAT(told(), SizeIs(1));
}

TEST_F(OutboxDeliveryTest, ItIsHurriedAgainWhenThatFailed) {
  delivery.back();
  outbox.fail_call(1);
  EXPECT_EQ(delivery.step(), 5s);
  delivery.step();
  EXPECT_EQ(outbox.hurried(), 1);
}

TEST_F(OutboxDeliveryTest, ItIsTrimmedEveryMinute) {
  delivery.step();
  ASSERT_THAT(outbox.trims(), SizeIs(1));
  EXPECT_EQ(outbox.trims()[0].first, "hub");
  EXPECT_EQ(outbox.trims()[0].second.waiting, 500);
  EXPECT_EQ(outbox.trims()[0].second.settled, 20);
  clock.advance(59s);
  delivery.step();
  EXPECT_THAT(outbox.trims(), SizeIs(1));
  clock.advance(1s);
  delivery.step();
  EXPECT_THAT(outbox.trims(), SizeIs(2));
}

TEST_F(OutboxDeliveryTest, AClockThatWasSetBackHoldsUpNothing) {
  outbox.add("kite", 8000, 8001, clock.now() + 48h);
  const auto wait = delivery.step();
  EXPECT_EQ(outbox.hurried(), 1);
  clock.advance(wait);
  delivery.step();
  EXPECT_THAT(told(), ElementsAre("kite#1"));
}

TEST_F(OutboxDeliveryTest, StoppedItSendsNothing) {
  add("kite");
  channel.stop();
  delivery.step();
  EXPECT_THAT(told(), SizeIs(0));
  EXPECT_EQ(outbox.row(0).event.attempts, 0);
}

/// Failures of all kinds at random: everything arrives, each service's in order, and what came
/// twice has the same id.
TEST_F(OutboxDeliveryTest, WhateverHappensAllArrivesInOrder) {
  channel.on_back([this] { delivery.back(); });
  std::mt19937 random(20'261'127);
  hub.set_script([random](const ScriptedUpstream::Request&) mutable {
    constexpr std::array statuses{200, 200, 200, 500, 503, 429, 404};
    const auto pick = std::uniform_int_distribution<std::size_t>(0, statuses.size())(random);
    if (pick == statuses.size()) return Reply{.close = true};
    return Reply{.status = statuses[pick]};
  });
  for (int n = 0; n < 20; ++n) {
    for (int i = 0; i < 10; ++i) add("svc-" + std::to_string(i));
    clock.advance(delivery.step());
  }
  for (int i = 0; i < 100'000 && outbox.waiting("hub") > 0; ++i) clock.advance(delivery.step());
  ASSERT_EQ(outbox.waiting("hub"), 0);
  std::map<std::string, int> newest;
  for (const auto& id : told()) {
    const auto hash = id.find('#');
    const int number = std::stoi(id.substr(hash + 1));
    auto& last = newest[id.substr(0, hash)];
    ASSERT_TRUE(number == last || number == last + 1) << id << " after " << last;
    last = number;
  }
  for (const auto& [service, last] : newest) EXPECT_EQ(last, 20) << service;
  EXPECT_THAT(newest, SizeIs(10));
  EXPECT_GT(told().size(), 200U) << "nothing failed: this has shown nothing";
}

}  // namespace
}  // namespace pm
