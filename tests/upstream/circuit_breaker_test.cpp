#include "upstream/circuit_breaker.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace pm {
namespace {

using namespace std::chrono_literals;
using Time = CircuitBreaker::Time;
using Permit = CircuitBreaker::Permit;

const CircuitBreaker::Options options{3, {1s, 8s}};
const Time start{1h};

/// The longest wait that the chance may give.
bool fail(CircuitBreaker& circuit, const Permit& permit, Time now,
          std::chrono::milliseconds at_least = 0ms) {
  return circuit.failed(permit, now, 0.0, at_least);
}

void open(CircuitBreaker& circuit, Time now) {
  for (int i = 0; i < options.failures; ++i) fail(circuit, circuit.admit(1, now), now);
  ASSERT_EQ(circuit.state(), Circuit::open);
}

TEST(CircuitBreaker, AllCallsAreMadeWhileItIsClosed) {
  CircuitBreaker circuit(options);
  EXPECT_EQ(circuit.state(), Circuit::closed);
  EXPECT_EQ(circuit.admit(50, start).calls, 50);
  EXPECT_EQ(circuit.admit(50, start).calls, 50);
  EXPECT_EQ(circuit.admit(0, start).calls, 0);
  EXPECT_FALSE(circuit.retry_at());
}

TEST(CircuitBreaker, OnlyFailuresInARowOpenIt) {
  CircuitBreaker circuit(options);
  const auto permit = circuit.admit(5, start);
  EXPECT_FALSE(fail(circuit, permit, start));
  EXPECT_FALSE(fail(circuit, permit, start));
  EXPECT_FALSE(circuit.succeeded(permit));
  EXPECT_FALSE(fail(circuit, permit, start));
  EXPECT_FALSE(fail(circuit, permit, start));
  EXPECT_EQ(circuit.state(), Circuit::closed);
  EXPECT_TRUE(fail(circuit, permit, start));
  EXPECT_EQ(circuit.state(), Circuit::open);
  EXPECT_EQ(circuit.retry_at(), start + 1s);
}

TEST(CircuitBreaker, NoCallIsMadeBeforeItsTimeAndThenOne) {
  CircuitBreaker circuit(options);
  open(circuit, start);
  EXPECT_EQ(circuit.admit(5, start + 999ms).calls, 0);
  EXPECT_EQ(circuit.admit(5, start + 1s).calls, 1);
  EXPECT_EQ(circuit.state(), Circuit::half_open);
  EXPECT_FALSE(circuit.retry_at());
  EXPECT_EQ(circuit.admit(5, start + 1h).calls, 0);
}

TEST(CircuitBreaker, TheOneCallDecides) {
  CircuitBreaker circuit(options);
  open(circuit, start);
  const auto first = circuit.admit(1, start + 1s);
  EXPECT_FALSE(fail(circuit, first, start + 2s));  // it was not closed in between
  EXPECT_EQ(circuit.state(), Circuit::open);
  EXPECT_EQ(circuit.retry_at(), start + 4s);  // twice as long

  const auto second = circuit.admit(1, start + 4s);
  EXPECT_TRUE(circuit.succeeded(second));
  EXPECT_EQ(circuit.state(), Circuit::closed);
  EXPECT_EQ(circuit.admit(7, start + 4s).calls, 7);
  // It begins anew with the shortest time.
  open(circuit, start + 5s);
  EXPECT_EQ(circuit.retry_at(), start + 6s);
}

TEST(CircuitBreaker, ACallWithoutAnEndMakesWayForAnother) {
  CircuitBreaker circuit(options);
  open(circuit, start);
  const auto permit = circuit.admit(1, start + 1s);
  circuit.abandoned(permit);
  EXPECT_EQ(circuit.state(), Circuit::half_open);
  EXPECT_EQ(circuit.admit(1, start + 1s).calls, 1);
}

TEST(CircuitBreaker, LateAnswersDecideNothing) {
  CircuitBreaker circuit(options);
  const auto late = circuit.admit(5, start);
  open(circuit, start);
  EXPECT_FALSE(circuit.succeeded(late));
  EXPECT_FALSE(fail(circuit, late, start + 500ms));
  EXPECT_EQ(circuit.retry_at(), start + 1s);
  const auto trial = circuit.admit(1, start + 1s);
  EXPECT_FALSE(circuit.succeeded(late));
  circuit.abandoned(late);
  EXPECT_EQ(circuit.admit(1, start + 1s).calls, 0);
  EXPECT_EQ(circuit.state(), Circuit::half_open);
  EXPECT_TRUE(circuit.succeeded(trial));
}

TEST(CircuitBreaker, ItStaysOpenAsLongAsItIsAskedTo) {
  CircuitBreaker circuit(options);
  for (int i = 0; i < 3; ++i) fail(circuit, circuit.admit(1, start), start, 1min);
  EXPECT_EQ(circuit.retry_at(), start + 1min);
}

/// Random calls, ends and times, against what must always be true.
class RandomCalls {
 public:
  explicit RandomCalls(std::mt19937& random) : random_(random) {}

  void step() {
    now_ += std::chrono::milliseconds(draw(700));
    before_ = circuit_.state();
    if (under_way_.empty() || draw(2) == 0) {
      begin_some();
    } else {
      end_one();
    }
    EXPECT_EQ(circuit_.retry_at().has_value(), circuit_.state() == Circuit::open);
  }
  int opened() const { return opened_; }

 private:
  void begin_some() {
    const int wanted = draw(4);
    const auto retry_at = circuit_.retry_at();
    const auto permit = circuit_.admit(wanted, now_);
    const bool is_barred = retry_at && now_ < *retry_at;
    const int most = before_ == Circuit::closed ? wanted : is_barred ? 0 : 1;
    EXPECT_LE(permit.calls, most);
    if (before_ == Circuit::closed) {
      EXPECT_EQ(permit.calls, wanted);
    }
    for (int i = 0; i < permit.calls; ++i) under_way_.push_back({1, permit.round});
  }

  void end_one() {
    const auto at = under_way_.begin() + draw(static_cast<int>(under_way_.size()) - 1);
    const auto permit = *at;
    under_way_.erase(at);
    if (draw(3) == 0) {
      circuit_.succeeded(permit);
      if (before_ == Circuit::open) {
        EXPECT_EQ(circuit_.state(), Circuit::open);
      }
      return;
    }
    const bool opened = circuit_.failed(permit, now_, draw(100) / 100.0, 0ms);
    const bool is_new = before_ != Circuit::open && circuit_.state() == Circuit::open;
    EXPECT_EQ(opened, is_new && before_ == Circuit::closed);
    if (is_new) {
      EXPECT_GE(*circuit_.retry_at() - now_, options.open.first / 2);
      EXPECT_LE(*circuit_.retry_at() - now_, options.open.longest);
    }
    if (opened) ++opened_;
  }

  int draw(int most) { return std::uniform_int_distribution<int>(0, most)(random_); }

  std::mt19937& random_;
  CircuitBreaker circuit_{options};
  Time now_{start};
  Circuit before_{Circuit::closed};
  std::vector<Permit> under_way_;
  int opened_{0};
};

TEST(CircuitBreaker, WhateverHappens) {
  std::mt19937 random(20'261'127);
  for (int round = 0; round < 300; ++round) {
    RandomCalls calls(random);
    for (int step = 0; step < 300 && !testing::Test::HasFailure(); ++step) calls.step();
    ASSERT_GT(calls.opened(), 0) << "this has shown nothing";
  }
}

}  // namespace
}  // namespace pm
