#include "domain/cow_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace pm {
namespace {

/// Everything in one shard.
struct SameHash {
  std::size_t operator()(int) const { return 7; }
};

template <typename Hash>
void expect_equal(const CowMap<int, std::string, Hash>& map,
                  const std::map<int, std::string>& model) {
  ASSERT_EQ(map.sorted(), model);
  ASSERT_EQ(map.size(), model.size());
  ASSERT_EQ(map.empty(), model.empty());
  std::size_t visited = 0;
  map.for_each([&](int key, const std::string& value) {
    ++visited;
    const auto found = model.find(key);
    ASSERT_NE(found, model.end()) << key;
    ASSERT_EQ(found->second, value);
  });
  ASSERT_EQ(visited, model.size());
}

template <typename Hash>
void is_a_map_whose_copies_stay_as_they_are(unsigned seed) {
  std::mt19937 random(seed);
  const auto pick = [&](int lo, int hi) { return std::uniform_int_distribution(lo, hi)(random); };
  struct Copy {
    CowMap<int, std::string, Hash> map;
    std::map<int, std::string> model;
  };
  std::vector<Copy> copies(1);
  for (int round = 0; round < 1000; ++round) {
    // Any of them is written, not only the newest: a copy is a map of its own.
    auto& written = copies[static_cast<std::size_t>(pick(0, static_cast<int>(copies.size()) - 1))];
    const int key = pick(0, 300);
    switch (pick(0, 3)) {
      case 0:
        ASSERT_EQ(written.map.erase(key), written.model.erase(key) == 1);
        break;
      case 1: {
        const auto* found = written.map.find(key);
        const auto model = written.model.find(key);
        ASSERT_EQ(found != nullptr, model != written.model.end());
        ASSERT_EQ(written.map.contains(key), found != nullptr);
        if (found != nullptr) {
          ASSERT_EQ(*found, model->second);
        }
        break;
      }
      default:
        written.map.put(key, std::to_string(round));
        written.model.insert_or_assign(key, std::to_string(round));
    }
    if (round % 50 == 0) copies.push_back(Copy(written));
    if (round % 100 == 0) {
      for (const auto& copy : copies) expect_equal(copy.map, copy.model);
    }
    if (testing::Test::HasFailure()) return;
  }
  for (const auto& copy : copies) expect_equal(copy.map, copy.model);
}

TEST(CowMap, IsAMapWhoseCopiesStayAsTheyAre) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    is_a_map_whose_copies_stay_as_they_are<std::hash<int>>(seed);
    is_a_map_whose_copies_stay_as_they_are<SameHash>(seed);
    if (HasFailure()) return;
  }
}

TEST(CowMap, ErasingWhatIsNotThereChangesNothing) {
  CowMap<int, std::string> map;
  EXPECT_FALSE(map.erase(1));
  map.put(1, "one");
  EXPECT_FALSE(map.erase(129));
  EXPECT_EQ(map.size(), 1U);
  EXPECT_TRUE(map.erase(1));
  EXPECT_TRUE(map.empty());
}

TEST(CowMap, ACopySharesWhatWasNotWritten) {
  CowMap<int, std::string> map;
  map.put(1, "one");
  map.put(2, "two");
  const auto copy = map;
  map.put(2, "other");
  EXPECT_EQ(map.find(1), copy.find(1));
  EXPECT_NE(map.find(2), copy.find(2));
  EXPECT_EQ(*copy.find(2), "two");
}

}  // namespace
}  // namespace pm
