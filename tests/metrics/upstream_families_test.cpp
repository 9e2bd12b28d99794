#include "metrics/upstream_families.h"

#include <gtest/gtest.h>

#include "metrics/read_families.h"

namespace pm::test {
namespace {

UpstreamState ninja() {
  UpstreamState state;
  state.target = "ninja";
  state.url = "http://127.0.0.1:8002";
  state.registered = true;
  state.circuit = Circuit::half_open;
  state.calls = 9;
  state.failures = 4;
  state.events = {.waiting = 3,
                  .oldest_at = Timestamp(std::chrono::milliseconds(1'700'000'000'500)),
                  .delivered = 5,
                  .given_up = 2,
                  .superseded = 1};
  return state;
}

const prometheus::Labels of_ninja{{"target", "ninja"}};

TEST(UpstreamFamilies, TellHowItStandsWithEach) {
  const auto families = upstream_families({ninja()});
  EXPECT_EQ(value(families, "portmanager_upstream_registered", of_ninja), 1);
  EXPECT_EQ(value(families, "portmanager_upstream_calls_total", of_ninja), 9);
  EXPECT_EQ(value(families, "portmanager_upstream_call_failures_total", of_ninja), 4);
  EXPECT_EQ(value(families, "portmanager_outbox_waiting_events", of_ninja), 3);
  EXPECT_EQ(value(families, "portmanager_outbox_oldest_waiting_timestamp_seconds", of_ninja),
            1'700'000'000.5);
  EXPECT_EQ(value(families, "portmanager_outbox_delivered_total", of_ninja), 5);
  EXPECT_EQ(value(families, "portmanager_outbox_given_up_total", of_ninja), 2);
  EXPECT_EQ(value(families, "portmanager_outbox_superseded_total", of_ninja), 1);
}

TEST(UpstreamFamilies, OneOfTheStatesOfACircuitIsOne) {
  const auto families = upstream_families({ninja()});
  for (const auto& [state, expected] :
       {std::pair("closed", 0), std::pair("open", 0), std::pair("half_open", 1)}) {
    EXPECT_EQ(
        value(families, "portmanager_upstream_circuit", {{"target", "ninja"}, {"state", state}}),
        expected)
        << state;
  }
}

TEST(UpstreamFamilies, WhereNothingWaitsNothingIsOldest) {
  auto state = ninja();
  state.events.oldest_at.reset();
  const auto families = upstream_families({state});
  EXPECT_FALSE(value(families, "portmanager_outbox_oldest_waiting_timestamp_seconds", of_ninja));
}

TEST(UpstreamFamilies, OneThatIsOffHasNoSeries) {
  UpstreamState hub;
  hub.target = "hub";
  EXPECT_TRUE(upstream_families({hub}).empty());
  for (const auto& each : upstream_families({hub, ninja()})) {
    for (const auto& metric : each.metric) {
      for (const auto& label : metric.label) EXPECT_NE(label.value, "hub") << each.name;
    }
  }
}

}  // namespace
}  // namespace pm::test
