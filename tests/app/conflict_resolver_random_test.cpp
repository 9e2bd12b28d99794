#include <gmock/gmock.h>

#include <map>
#include <random>

#include "app/conflict_resolver.h"
#include "app/world.h"

namespace pm::test {
namespace {

using testing::HasSubstr;

/// A suite in disorder: its services run, are stopped, run elsewhere; some were given the port of
/// another, some ports are squatted, reserved or outside the range.
class RandomDisorder : public World {
 public:
  explicit RandomDisorder(unsigned seed) : World(suite()), random_(seed) {
    for (int i = 0; i < services; ++i) add("s" + std::to_string(i), 8000 + i);
    for (int i = 0; i < services / 10; ++i) reserve(8000 + pick(services + 20));
    for (int i = 0; i < services / 6; ++i) {
      const int port = 8000 + pick(services + 20);
      if (!is_listened_on(port)) run_service("squatter-" + std::to_string(i), port, ++pid_);
    }
  }

  void check() {
    ASSERT_TRUE(watch.settle());
    const auto undisputed = healthy_undisputed();
    const auto running = where_all_run();
    store.snapshot()->open_conflicts().for_each(
        [&](std::int64_t, const Conflict& conflict) { ++seen[conflict.type]; });
    const auto resolutions = resolver.resolve(context, ConflictResolver::Scope::all, false);
    ASSERT_TRUE(resolutions) << resolutions.error().message;
    for (const auto& each : *resolutions) {
      EXPECT_TRUE(each.result.success()) << each.result.message;
      ++done[each.kind];
    }
    ASSERT_TRUE(watch.settle());
    const auto registry = store.snapshot();
    registry->open_conflicts().for_each([&](std::int64_t, const Conflict& conflict) {
      EXPECT_FALSE(is_resolvable(*registry, conflict)) << conflict.detail;
    });
    for (const auto& [id, port] : undisputed) {
      EXPECT_EQ(port_of(id), port) << id << " was in no conflict";
      EXPECT_EQ(only(client.ports_of(id)), port) << id << " was in no conflict";
    }
    for (const auto& [id, port] : running) {
      EXPECT_EQ(only(client.ports_of(id)), port_of(id)) << id << " ran on " << port;
    }
    for (const auto& update : client.updates()) {
      EXPECT_THAT(update.service_id, testing::Not(HasSubstr("squatter")));
    }
  }

  std::map<ConflictType, int> seen;
  std::map<ResolutionKind, int> done;

 private:
  static constexpr int services = 60;

  static SuiteConfig suite() {
    SuiteConfig config;
    config.range = {"suite", Port::clamped(8000), Port::clamped(8299)};
    return config;
  }
  int pick(int below) { return std::uniform_int_distribution(0, below - 1)(random_); }
  bool is_listened_on(int port) { return probe.listener(tcp(port)).has_value(); }

  void add(const std::string& id, int port) {
    const int kind = pick(10);
    // A third of them by import onto a port that somebody has, a few outside the range.
    if (kind < 3) port = 8000 + pick(services);
    if (kind == 3) port = 9500 + pick(50);
    have(id, port);
    const int state = pick(10);
    if (state < 3) return;
    const bool drifts = state == 3;
    const int at = drifts ? 8000 + pick(services + 50) : port;
    if (!is_listened_on(at)) run_service(id, at, ++pid_);
  }
  std::map<std::string, int> where_all_run() const {
    std::map<std::string, int> all;
    store.snapshot()->services().for_each([&](const std::string& id, const Service&) {
      if (const int port = only(client.ports_of(id)); port != 0) all[id] = port;
    });
    return all;
  }
  std::map<std::string, int> healthy_undisputed() const {
    auto all = where_all_run();
    const auto registry = store.snapshot();
    std::erase_if(all, [&](const auto& each) { return port_of(each.first) != each.second; });
    registry->open_conflicts().for_each([&](std::int64_t, const Conflict& conflict) {
      for (const auto& id : conflict.services) all.erase(id);
    });
    return all;
  }

  std::mt19937 random_;
  int pid_{0};
};

TEST(ConflictResolverAtRandom, LeavesNothingResolvableAndHarmsNobody) {
  std::map<ConflictType, int> seen;
  std::map<ResolutionKind, int> done;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    RandomDisorder suite(seed);
    suite.check();
    if (testing::Test::HasFailure()) return;
    for (const auto& [type, count] : suite.seen) seen[type] += count;
    for (const auto& [kind, count] : suite.done) done[kind] += count;
  }
  for (const auto type :
       {ConflictType::duplicate_assignment, ConflictType::system_conflict,
        ConflictType::reserved_port, ConflictType::drift, ConflictType::out_of_range}) {
    EXPECT_GT(seen[type], 20) << to_string(type);
  }
  for (const auto kind :
       {ResolutionKind::move, ResolutionKind::adopt, ResolutionKind::bring_home}) {
    EXPECT_GT(done[kind], 5) << to_string(kind);
  }
}

}  // namespace
}  // namespace pm::test
