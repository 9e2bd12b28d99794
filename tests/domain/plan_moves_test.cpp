#include "domain/plan_moves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "domain/domain_support.h"

namespace pm {
namespace {

using std::string;
using test::port;
using test::tcp;
using testing::ElementsAre;
using testing::IsEmpty;

std::optional<Port> no_spare(const PortKey&) {
  return std::nullopt;
}

TEST(PlanMoves, NothingToDo) {
  EXPECT_THAT(plan_moves({}, no_spare).value(), IsEmpty());
  EXPECT_THAT(plan_moves({{"a", tcp(8000), port(8000)}}, no_spare).value(), IsEmpty());
}

TEST(PlanMoves, ChainIsTakenFromItsFreeEnd) {
  const auto steps = plan_moves(
      {{"a", tcp(8000), port(8001)}, {"b", tcp(8001), port(8002)}, {"c", tcp(8002), port(8003)}},
      no_spare);
  ASSERT_TRUE(steps);
  EXPECT_THAT(*steps, ElementsAre(PlannedStep{"c", tcp(8002), port(8003), false},
                                  PlannedStep{"b", tcp(8001), port(8002), false},
                                  PlannedStep{"a", tcp(8000), port(8001), false}));
}

TEST(PlanMoves, SwapGoesThroughOneSpare) {
  std::vector<PortKey> asked;
  const auto steps = plan_moves({{"a", tcp(8000), port(8001)}, {"b", tcp(8001), port(8000)}},
                                [&](const PortKey& near) {
                                  asked.push_back(near);
                                  return std::optional(port(8050));
                                });
  ASSERT_TRUE(steps);
  EXPECT_THAT(*steps, ElementsAre(PlannedStep{"a", tcp(8000), port(8050), true},
                                  PlannedStep{"b", tcp(8001), port(8000), false},
                                  PlannedStep{"a", tcp(8050), port(8001), false}));
  EXPECT_THAT(asked, ElementsAre(tcp(8000)));
}

TEST(PlanMoves, NoSpareNoPlan) {
  EXPECT_EQ(plan_moves({{"free", tcp(8010), port(8011)},
                        {"a", tcp(8000), port(8001)},
                        {"b", tcp(8001), port(8000)}},
                       no_spare),
            std::nullopt);
}

TEST(PlanMoves, TheSamePortElsewhereIsAnotherPort) {
  const auto steps = plan_moves({{"a", tcp(8000), port(8001)},
                                 {"b", {"db.example", Protocol::tcp, port(8001)}, port(8000)},
                                 {"c", test::udp(8001), port(8000)}},
                                no_spare);
  ASSERT_TRUE(steps);
  EXPECT_EQ(steps->size(), 3U);
}

/// Services on ports of three port spaces, and where an update wants them.
struct Case {
  std::vector<PortUpdate> updates;
  std::map<string, PortKey> places;
};

Case random_case(std::mt19937& random) {
  const auto pick = [&](int lo, int hi) { return std::uniform_int_distribution(lo, hi)(random); };
  Case made;
  const std::vector<PortKey> spaces{tcp(8000), test::udp(8000), test::tcp_on("db.example", 8000)};
  const auto space_count = static_cast<std::size_t>(pick(1, 3));
  for (std::size_t space = 0; space < space_count; ++space) {
    const int ports = pick(1, 16);
    const int services = pick(0, ports);
    std::vector<int> from(static_cast<std::size_t>(ports));
    std::iota(from.begin(), from.end(), 8000);
    auto to = from;
    std::shuffle(from.begin(), from.end(), random);
    // Seldom shuffled as a whole: then short cycles and fixed points abound.
    if (pick(0, 2) == 0) {
      std::shuffle(to.begin(), to.end(), random);
    } else {
      to = from;
      for (int swaps = pick(0, 4); swaps > 0; --swaps) {
        std::swap(to[static_cast<std::size_t>(pick(0, ports - 1))],
                  to[static_cast<std::size_t>(pick(0, ports - 1))]);
      }
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(services); ++i) {
      PortUpdate update;
      update.service_id = "s" + std::to_string(space) + "-" + std::to_string(i);
      update.from = spaces[space];
      update.from.port = port(from[i]);
      update.to = port(to[i]);
      made.places.emplace(update.service_id, update.from);
      made.updates.push_back(std::move(update));
    }
  }
  // Two on one port, which nobody wants.
  for (int twins = pick(0, 2); twins > 0; --twins) {
    for (const auto* name : {"left", "right"}) {
      PortUpdate update{name + std::to_string(twins), tcp(8100 + twins),
                        port(8110 + 2 * twins + (*name == 'l' ? 0 : 1))};
      made.places.emplace(update.service_id, update.from);
      made.updates.push_back(std::move(update));
    }
  }
  std::shuffle(made.updates.begin(), made.updates.end(), random);
  return made;
}

/// The keys of each cycle of two or more.
std::vector<std::set<PortKey>> cycles_of(const std::vector<PortUpdate>& updates) {
  std::map<PortKey, PortKey> next;
  for (const auto& update : updates) next.emplace(update.from, update.target());
  std::vector<std::set<PortKey>> cycles;
  std::set<PortKey> seen;
  for (const auto& [start, target] : next) {
    if (seen.contains(start)) continue;
    std::set<PortKey> path;
    auto at = start;
    while (next.contains(at) && path.insert(at).second) at = next.at(at);
    if (at != start || path.size() < 2) continue;
    seen.insert(path.begin(), path.end());
    cycles.push_back(std::move(path));
  }
  return cycles;
}

TEST(PlanMoves, EveryPortIsLeftBeforeItIsTaken) {
  std::size_t with_cycles = 0;
  for (unsigned seed = 1; seed <= 4000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto made = random_case(random);
    auto cycles = cycles_of(made.updates);
    if (!cycles.empty()) ++with_cycles;

    std::size_t asked = 0;
    std::set<PortKey> spares;
    const auto steps = plan_moves(made.updates, [&](const PortKey& near) {
      ++asked;
      const auto cycle = std::find_if(cycles.begin(), cycles.end(),
                                      [&](const auto& keys) { return keys.contains(near); });
      EXPECT_NE(cycle, cycles.end()) << "asked for " << describe(near) << ", which is on no cycle";
      if (cycle != cycles.end()) cycles.erase(cycle);
      const auto spare = port(9000 + static_cast<int>(asked));
      spares.insert({near.host, near.protocol, spare});
      return std::optional(spare);
    });
    ASSERT_TRUE(steps);
    EXPECT_TRUE(cycles.empty()) << "a cycle had no spare";

    auto places = made.places;
    std::map<PortKey, int> holders;
    for (const auto& [id, key] : places) ++holders[key];
    for (const auto& step : *steps) {
      const PortKey target{step.from.host, step.from.protocol, step.to};
      ASSERT_EQ(places.at(step.service_id), step.from) << step.service_id;
      ASSERT_EQ(holders[target], 0) << step.service_id << " to " << describe(target);
      EXPECT_EQ(step.via_spare, spares.contains(target)) << step.service_id;
      --holders[step.from];
      ++holders[target];
      places[step.service_id] = target;
    }
    std::size_t moves = 0;
    for (const auto& update : made.updates) {
      EXPECT_EQ(places.at(update.service_id), update.target()) << update.service_id;
      if (update.from != update.target()) ++moves;
    }
    EXPECT_EQ(steps->size(), moves + asked);

    const auto without = plan_moves(made.updates, no_spare);
    EXPECT_EQ(without.has_value(), asked == 0);
    if (HasFailure()) return;
  }
  EXPECT_GT(with_cycles, 1000U);
}

}  // namespace
}  // namespace pm
