#include "upstream/delivery_policy.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace pm {
namespace {

using namespace std::chrono_literals;
using Kind = OutboxOutcome::Kind;

class DeliveryPolicyTest : public testing::Test {
 protected:
  static UpstreamCallOptions options() {
    UpstreamCallOptions options;
    options.backoff = {1s, 60s};
    options.longest_retry_after = 10min;
    options.give_up = {3, 24h};
    return options;
  }
  static UpstreamAnswer answer(int status) {
    HttpAnswer http;
    http.reach = status == 0 ? Reach::not_listening : Reach::answered;
    http.status = status;
    return judge(http, "Hub", "http://hub/x");
  }
  OutboxOutcome outcome(const UpstreamAnswer& given, int attempts = 0, double chance = 1.0) {
    event.attempts = attempts;
    const auto made = policy.outcome(event, given, clock.now(), chance);
    EXPECT_TRUE(made);
    return made.value_or(OutboxOutcome{});
  }
  Kind kind_after(int status) { return outcome(answer(status)).kind; }

  test::ManualClock clock;
  DeliveryPolicy policy{options()};
  OutboxEvent event{7, "e", "kite", std::nullopt, std::nullopt, test::ManualClock::start, 0};
};

TEST_F(DeliveryPolicyTest, AYesIsDelivered) {
  for (const int status : {200, 201, 202, 204}) {
    const auto made = outcome(answer(status));
    EXPECT_EQ(made.kind, Kind::delivered);
    EXPECT_EQ(made.outbox_id, 7);
    EXPECT_EQ(made.at, clock.now());
    EXPECT_EQ(made.error, "");
  }
}

TEST_F(DeliveryPolicyTest, ACallThatWasNotMadeIsNoAttempt) {
  EXPECT_FALSE(policy.outcome(event, UpstreamAnswer{}, clock.now(), 1.0));
}

TEST_F(DeliveryPolicyTest, AFailureIsTriedAgainForEver) {
  for (const int status : {0, 301, 408, 425, 429, 500, 502, 503, 504}) {
    for (int attempts = 0; attempts < 100; ++attempts) {
      const auto made = outcome(answer(status), attempts);
      ASSERT_EQ(made.kind, Kind::retry) << status;
      ASSERT_FALSE(made.error.empty());
      clock.advance(1h);
    }
  }
}

TEST_F(DeliveryPolicyTest, TheWaitGrowsAndIsLeftToChance) {
  EXPECT_EQ(outcome(answer(500), 0, 1.0).retry_at, clock.now() + 1s);
  EXPECT_EQ(outcome(answer(500), 3, 1.0).retry_at, clock.now() + 8s);
  EXPECT_EQ(outcome(answer(500), 3, 0.25).retry_at, clock.now() + 2s);
  EXPECT_EQ(outcome(answer(500), 3, 0.0).retry_at, clock.now());
  EXPECT_EQ(outcome(answer(500), 100, 1.0).retry_at, clock.now() + 60s);
}

TEST_F(DeliveryPolicyTest, RetryAfterIsHonouredWithinItsBound) {
  auto busy = answer(503);
  busy.retry_after = 30s;
  EXPECT_EQ(outcome(busy, 0, 0.0).retry_at, clock.now() + 30s);
  EXPECT_EQ(outcome(busy, 6, 1.0).retry_at, clock.now() + 60s) << "the backoff is longer";
  busy.retry_after = 100h;
  EXPECT_EQ(outcome(busy, 0, 0.0).retry_at, clock.now() + 10min);
}

TEST_F(DeliveryPolicyTest, ARefusalOfTheContentIsGivenUpAfterAFew) {
  for (const int status : {400, 409, 413, 414, 415, 422}) {
    ++event.outbox_id;
    EXPECT_EQ(kind_after(status), Kind::retry) << status;
    EXPECT_EQ(kind_after(status), Kind::retry) << status;
    const auto last = outcome(answer(status));
    EXPECT_EQ(last.kind, Kind::given_up) << status;
    EXPECT_EQ(last.error, answer(status).message);
  }
}

TEST_F(DeliveryPolicyTest, ARefusalOfThePlaceIsGivenUpAfterADay) {
  for (const int status : {401, 403, 404, 405, 410, 418}) {
    ++event.outbox_id;
    for (int hour = 0; hour < 24; ++hour) {
      ASSERT_EQ(kind_after(status), Kind::retry) << status << " after " << hour << " h";
      clock.advance(1h);
    }
    EXPECT_EQ(kind_after(status), Kind::given_up) << status;
  }
}

TEST_F(DeliveryPolicyTest, TheDayBeginsWithTheFirstRefusal) {
  kind_after(500);
  clock.advance(240h);  // nobody was there
  EXPECT_EQ(outcome(answer(404), 500).kind, Kind::retry);
}

TEST_F(DeliveryPolicyTest, EachEventIsCountedByItself) {
  kind_after(422);
  kind_after(422);
  event.outbox_id = 8;
  EXPECT_EQ(kind_after(422), Kind::retry);
}

TEST_F(DeliveryPolicyTest, WhatWasNotRefusedLatelyCountsAnew) {
  kind_after(422);
  kind_after(422);
  policy.forget_stale(clock.now());
  clock.advance(2 * policy.longest_wait() + 1s);
  policy.forget_stale(clock.now());
  EXPECT_EQ(kind_after(422), Kind::retry);
  EXPECT_EQ(kind_after(422), Kind::retry);
  EXPECT_EQ(kind_after(422), Kind::given_up);
}

TEST_F(DeliveryPolicyTest, TheLongestWaitIsThatOfTheBackoffOrOfRetryAfter) {
  EXPECT_EQ(policy.longest_wait(), 10min);
  auto patient = options();
  patient.backoff = {1s, 1h};
  EXPECT_EQ(DeliveryPolicy(patient).longest_wait(), 1h);
}

}  // namespace
}  // namespace pm
