#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

#include "domain/assignment_rules.h"
#include "domain/detect_conflicts.h"
#include "domain/random_suite.h"

namespace pm {
namespace {

using test::all_keys;
using test::at_second;
using test::tcp;

/// Rows as somebody with a shell may leave them: all that the database itself does not forbid.
class RowsByHand {
 public:
  explicit RowsByHand(unsigned seed) : random_(seed) {
    const int services = pick(1, 8);
    for (int i = 1; i <= services; ++i) add_service("s" + std::to_string(i));
    for (int value = 8000; value <= 8002; ++value) {
      if (pick(0, 2) == 0) {
        registry_.apply(PutReservation{{tcp(value), "by hand", std::nullopt, pick(1, 9)}});
      }
    }
    const int conflicts = pick(0, 4);
    for (int id = 1; id <= conflicts; ++id) open_conflict(id);
  }

  const Registry& registry() const { return registry_; }

 private:
  int pick(int lo, int hi) { return std::uniform_int_distribution(lo, hi)(random_); }
  PortKey any_key() { return tcp(pick(0, 4) == 0 ? 8500 : pick(8000, 8002)); }

  void add_service(const std::string& id) {
    if (pick(0, 5) != 0) registry_.apply(PutService{test::service(id)});
    if (pick(0, 5) == 0) return;
    const auto key = any_key();
    const bool contested = is_held_[key] || pick(0, 1) == 0;
    is_held_[key] = is_held_[key] || !contested;
    registry_.apply(PutAssignment{{id, key, contested, pick(1, 4), at_second(0)}});
  }

  void open_conflict(int id) {
    Conflict conflict;
    conflict.conflict_id = id;
    conflict.type = std::array{ConflictType::duplicate_assignment, ConflictType::reserved_port,
                               ConflictType::out_of_range, ConflictType::drift}
                        .at(static_cast<std::size_t>(pick(0, 3)));
    conflict.key = any_key();
    conflict.services = {"s" + std::to_string(pick(1, 9))};
    registry_.apply(OpenConflict{conflict});
  }

  std::mt19937 random_;
  Registry registry_{test::registry_of()};
  std::map<PortKey, bool> is_held_;  ///< by one that is not contested
};

/// The unique index of the table `assignments`.
void expect_one_uncontested(const Registry& registry) {
  std::map<PortKey, int> uncontested;
  registry.assignments().for_each([&](const std::string&, const Assignment& each) {
    uncontested[each.key] += each.contested ? 0 : 1;
  });
  for (const auto& [key, count] : uncontested) EXPECT_LE(count, 1) << describe(key);
}

/// As the store reads the rows: by age, and of one age by the service's id.
std::vector<std::string> oldest_first(const Registry& registry, const PortKey& key) {
  std::map<std::pair<std::int64_t, std::string>, std::string> by_age;
  registry.assignments().for_each([&](const std::string& id, const Assignment& each) {
    if (each.key == key) by_age[{each.sequence, id}] = id;
  });
  std::vector<std::string> ids;
  ids.reserve(by_age.size());
  for (const auto& [age, id] : by_age) ids.push_back(id);
  return ids;
}

TEST(RecheckRandom, WhatFollowsFromTheRowsIsTrueWhateverTheRowsWere) {
  for (unsigned seed = 0; seed < 3000 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto before = RowsByHand(seed).registry();
    Draft draft(before, {"tester", "", "", at_second(1)});
    recheck(draft);
    draft.reconcile_conflicts();

    auto replayed = before;
    for (const auto& change : draft.changes().changes) {
      replayed.apply(change);
      expect_one_uncontested(replayed);
    }
    EXPECT_EQ(test::dump(replayed), test::dump(draft.registry()));

    const auto& after = draft.registry();
    std::vector<Conflict> wanted;
    for (const auto& key : all_keys(after)) {
      const auto holders = after.holders(key);
      EXPECT_EQ(holders, oldest_first(after, key));
      for (const auto& id : holders) {
        EXPECT_EQ(after.assignment(id)->contested, id != holders.front()) << id;
        EXPECT_TRUE(after.service(id)) << id;
      }
      for (auto& each : detect_registry_conflicts(after, key)) wanted.push_back(std::move(each));
    }
    EXPECT_EQ(test::plain(test::open_registry_conflicts(after)), test::plain(wanted));

    Draft again(after, {"tester", "", "", at_second(2)});
    recheck(again);
    again.reconcile_conflicts();
    EXPECT_TRUE(again.empty());
  }
}

}  // namespace
}  // namespace pm
