#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "domain/kernel_conflicts.h"
#include "domain/kernel_support.h"

namespace pm {
namespace {

using std::string;
using test::drifted;
using test::stranger;
using test::Suite;
using test::tcp;

constexpr int services = 5;
constexpr int agreement = 100;

/// Type and service; a service has one port here.
using Name = std::pair<ConflictType, string>;

Name name_of(const Conflict& conflict) {
  return {conflict.type, conflict.services.front()};
}

std::set<Name> open_names(const Registry& registry) {
  std::set<Name> names;
  registry.open_conflicts().for_each([&](std::int64_t, const Conflict& each) {
    EXPECT_TRUE(names.insert(name_of(each)).second) << each.detail << " is open twice";
  });
  return names;
}

/// What every look saw, and since when that held: the rule written down once more, from the whole
/// past and not from what a tracker keeps.
class Past {
 public:
  void add(int time, std::set<Name> found) { looks_.emplace_back(time, std::move(found)); }
  /// The service's port has changed: what was seen before is of another port.
  void forget(const string& service_id) { since_[service_id] = looks_.size(); }

  /// An earlier look that lies far enough back, and all since, said so: found or not found.
  bool agrees(const Name& name, bool found, std::size_t not_before = 0) const {
    const auto begin = since_.find(name.second);
    const auto stop = std::max(not_before, begin == since_.end() ? 0 : begin->second);
    const int now = looks_.back().first;
    for (std::size_t i = looks_.size(); i-- > stop;) {
      if (looks_[i].second.contains(name) != found) return false;
      if (i + 1 < looks_.size() && now - looks_[i].first >= agreement) return true;
    }
    return false;
  }
  std::size_t size() const { return looks_.size(); }

 private:
  std::vector<std::pair<int, std::set<Name>>> looks_;
  std::map<string, std::size_t> since_;
};

class RandomLooks {
 public:
  explicit RandomLooks(unsigned seed) : random_(seed) {
    for (int i = 0; i < services; ++i) {
      EXPECT_TRUE(suite_.assign(service(i), tcp(8000 + i)));
    }
  }

  void step() {
    if (pick(1, 100) <= 5) move_one();
    const auto before = open_names(suite_.registry());
    now_ += pick(1, 70);
    const auto findings = next_findings();
    const auto found = detect_kernel_conflicts(suite_.registry(), findings, {});
    std::set<Name> names;
    for (const auto& each : found) names.insert(name_of(each));
    past_.add(now_, names);

    const auto decision =
        tracker_.look(suite_.registry(), found,
                      std::chrono::steady_clock::time_point(std::chrono::milliseconds(now_)));
    const bool recorded = pick(1, 100) <= 90;
    if (recorded) {
      EXPECT_TRUE(
          suite_.commit([&](Draft& draft) { return record_kernel_conflicts(draft, decision); }));
    }
    check(before, names, decision, recorded);
  }

  int opened() const { return opened_; }
  int closed() const { return closed_; }

 private:
  static string service(int index) { return "s" + std::to_string(index); }
  int pick(int lo, int hi) { return std::uniform_int_distribution(lo, hi)(random_); }

  /// Mostly as before: a state that changes with every look would never be confirmed.
  KernelFindings next_findings() {
    KernelFindings findings;
    for (int i = 0; i < services; ++i) {
      if (pick(1, 100) <= 20) taken_[i] = !taken_[i];
      if (pick(1, 100) <= 20) away_[i] = !away_[i];
      const auto id = service(i);
      const auto& key = suite_.registry().assignment(id)->key;
      if (taken_[i]) findings.strangers.push_back(stranger(id, key));
      if (away_[i]) findings.drifted.push_back(drifted(id, key, 8090));
    }
    return findings;
  }

  void move_one() {
    const int index = pick(0, services - 1);
    const auto id = service(index);
    const bool is_home = suite_.registry().assignment(id)->key == tcp(8000 + index);
    const auto to = tcp((is_home ? 8040 : 8000) + index);
    EXPECT_TRUE(suite_.commit([&](Draft& draft) -> Expected<void> {
      detail::remove_assignment(draft, id);
      detail::put_assignment(draft, id, to);
      return {};
    }));
    past_.forget(id);
    for (const auto type : {ConflictType::system_conflict, ConflictType::drift}) {
      EXPECT_FALSE(open_names(suite_.registry()).contains({type, id}));
      opened_at_.erase({type, id});
    }
  }

  void check(const std::set<Name>& before, const std::set<Name>& found,
             const KernelConflictTracker::Decision& decision, bool recorded) {
    std::set<Name> to_open;
    for (const auto& each : decision.open) to_open.insert(name_of(each));
    ASSERT_EQ(to_open.size(), decision.open.size()) << "one twice in a decision";
    std::set<Name> unsettled;
    for (const auto type : {ConflictType::system_conflict, ConflictType::drift}) {
      for (int i = 0; i < services; ++i) check_one({type, service(i)}, before, found, to_open);
    }
    const auto after = open_names(suite_.registry());
    for (const auto& each : before) {
      const bool closes = past_.agrees(each, false, opened_at_[each]);
      ASSERT_EQ(after.contains(each), !closes || !recorded) << each.second;
      if (!found.contains(each)) unsettled.insert(each);
      if (closes && recorded) ++closed_;
    }
    for (const auto& each : found) {
      if (!before.contains(each)) unsettled.insert(each);
    }
    ASSERT_EQ(decision.waiting, !unsettled.empty());
    for (const auto& each : after) {
      if (before.contains(each)) continue;
      opened_at_[each] = past_.size();
      ++opened_;
    }
  }

  void check_one(const Name& name, const std::set<Name>& before, const std::set<Name>& found,
                 const std::set<Name>& to_open) {
    const bool opens = !before.contains(name) && found.contains(name) && past_.agrees(name, true);
    ASSERT_EQ(to_open.contains(name), opens) << name.second;
  }

  std::mt19937 random_;
  Suite suite_;
  KernelConflictTracker tracker_{std::chrono::milliseconds(agreement)};
  Past past_;
  std::map<Name, std::size_t> opened_at_;
  std::array<bool, services> taken_{};
  std::array<bool, services> away_{};
  int now_{0};
  int opened_{0};
  int closed_{0};
};

TEST(RandomLooks, OpenAndCloseExactlyWhatTwoLooksAgreeOn) {
  int opened = 0;
  int closed = 0;
  for (unsigned seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomLooks looks(seed);
    for (int round = 0; round < 300; ++round) {
      SCOPED_TRACE("round " + std::to_string(round));
      looks.step();
      if (testing::Test::HasFailure()) return;
    }
    opened += looks.opened();
    closed += looks.closed();
  }
  EXPECT_GT(opened, 500);
  EXPECT_GT(closed, 500);
}

TEST(RandomLooks, WhatFlapsIsNeverOpenedHoweverLongItGoesOn) {
  for (const int pause : {1, 99, 100, 5000}) {
    Suite suite;
    ASSERT_TRUE(suite.assign("kite", tcp(8000)));
    KernelConflictTracker tracker{std::chrono::milliseconds(agreement)};
    for (int i = 0; i < 200; ++i) {
      KernelFindings findings;
      if (i % 2 == 0) findings.strangers = {stranger("kite", tcp(8000))};
      const auto decision =
          tracker.look(suite.registry(), detect_kernel_conflicts(suite.registry(), findings, {}),
                       std::chrono::steady_clock::time_point(std::chrono::milliseconds(i * pause)));
      ASSERT_TRUE(decision.empty()) << i;
      ASSERT_EQ(decision.waiting, i % 2 == 0) << i;
    }
  }
}

TEST(RandomLooks, WhatIsOpenAndFlapsStaysOpen) {
  Suite suite;
  ASSERT_TRUE(suite.assign("kite", tcp(8000)));
  KernelConflictTracker tracker{std::chrono::milliseconds(agreement)};
  for (int i = 0; i < 200; ++i) {
    KernelFindings findings;
    if (i < 2 || i % 2 == 0) findings.strangers = {stranger("kite", tcp(8000))};
    const auto decision =
        tracker.look(suite.registry(), detect_kernel_conflicts(suite.registry(), findings, {}),
                     std::chrono::steady_clock::time_point(std::chrono::milliseconds(i * 5000)));
    ASSERT_EQ(decision.empty(), i != 1) << i;
    ASSERT_TRUE(
        suite.commit([&](Draft& draft) { return record_kernel_conflicts(draft, decision); }));
  }
  EXPECT_EQ(suite.registry().open_conflicts().size(), 1U);
}

}  // namespace
}  // namespace pm
