#include "domain/port_bitmap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <set>

#include "domain/domain_support.h"

namespace pm {
namespace {

using test::port;

/// What PortBitmap is to be: a set of ports.
class Model {
 public:
  void set(int value, bool taken) {
    if (taken) {
      taken_.insert(value);
    } else {
      taken_.erase(value);
    }
  }
  bool test(int value) const { return taken_.contains(value); }
  int count(int lo, int hi) const {
    return static_cast<int>(std::distance(taken_.lower_bound(lo), taken_.upper_bound(hi)));
  }
  std::optional<Port> first_free(int lo, int hi) const {
    auto next = taken_.lower_bound(lo);
    for (int value = lo; value <= hi; ++value) {
      if (next == taken_.end() || *next != value) return port(value);
      ++next;
    }
    return std::nullopt;
  }
  void merge(const Model& other) { taken_.insert(other.taken_.begin(), other.taken_.end()); }

 private:
  std::set<int> taken_;
};

class RandomPorts {
 public:
  explicit RandomPorts(unsigned seed) : random_(seed) {}

  int pick(int lo, int hi) { return std::uniform_int_distribution(lo, hi)(random_); }

  /// Often the first or last port of a 64-bit word, often an end of the whole range.
  int value() {
    switch (pick(0, 3)) {
      case 0:
        return std::min(65535, pick(16, 1023) * 64 + pick(-1, 1) + (pick(0, 1) == 0 ? 1 : 0));
      case 1:
        return pick(0, 1) == 0 ? 1024 + pick(0, 2) : 65535 - pick(0, 2);
      default:
        return pick(1024, 65535);
    }
  }

  /// Of one port, of a few, or of any length.
  std::pair<int, int> range() {
    const int lo = std::max(1024, value());
    switch (pick(0, 2)) {
      case 0:
        return {lo, lo};
      case 1:
        return {lo, std::min(65535, lo + pick(0, 200))};
      default:
        return {lo, pick(lo, 65535)};
    }
  }

 private:
  std::mt19937 random_;
};

TEST(PortBitmap, IsASetOfPorts) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomPorts random(seed);
    PortBitmap bitmap;
    Model model;
    for (int round = 0; round < 300; ++round) {
      const auto [lo, hi] = random.range();
      const bool taken = random.pick(0, 2) > 0;
      for (int value = lo; value <= std::min(hi, lo + 400); ++value) {
        bitmap.set(port(value), taken);
        model.set(value, taken);
      }
      // From inside or just before what was marked, so that the first free one lies behind it.
      const int from = std::max(1024, lo - random.pick(0, 70));
      const int to = random.pick(0, 1) == 0 ? std::min(65535, lo + random.pick(0, 400)) : 65535;
      EXPECT_EQ(bitmap.first_free(port(from), port(to)), model.first_free(from, to))
          << from << '-' << to;
      EXPECT_EQ(bitmap.first_free(port(lo), port(hi)), model.first_free(lo, hi)) << lo << '-' << hi;
      EXPECT_EQ(bitmap.count(port(from), port(to)), model.count(from, to)) << from << '-' << to;
      EXPECT_EQ(bitmap.count(port(lo), port(hi)), model.count(lo, hi)) << lo << '-' << hi;
      const int any = std::max(1024, random.value());
      EXPECT_EQ(bitmap.test(port(any)), model.test(any)) << any;
      EXPECT_EQ(bitmap.test(port(lo)), taken);
      if (HasFailure()) return;
    }
  }
}

TEST(PortBitmap, MergeIsTheUnion) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomPorts random(seed);
    PortBitmap left;
    PortBitmap right;
    Model both;
    Model right_model;
    for (int round = 0; round < 500; ++round) {
      const int value = std::max(1024, random.value());
      if (random.pick(0, 1) == 0) {
        left.set(port(value));
        both.set(value, true);
      } else {
        right.set(port(value));
        right_model.set(value, true);
      }
    }
    both.merge(right_model);
    left.merge(right);
    for (int value = 1024; value <= 65535; ++value) {
      ASSERT_EQ(left.test(port(value)), both.test(value)) << value;
      ASSERT_EQ(right.test(port(value)), right_model.test(value)) << value;
    }
  }
}

TEST(PortBitmap, EmptyAndFull) {
  PortBitmap bitmap;
  EXPECT_EQ(bitmap.count(port(1024), port(65535)), 0);
  EXPECT_EQ(bitmap.first_free(port(65535), port(65535)), port(65535));
  for (int value = 1024; value <= 65535; ++value) bitmap.set(port(value));
  EXPECT_EQ(bitmap.count(port(1024), port(65535)), 64512);
  EXPECT_EQ(bitmap.first_free(port(1024), port(65535)), std::nullopt);
  bitmap.set(port(65535), false);
  EXPECT_EQ(bitmap.first_free(port(1024), port(65535)), port(65535));
  EXPECT_EQ(bitmap.first_free(port(1024), port(65534)), std::nullopt);
  bitmap.set(port(1024), false);
  EXPECT_EQ(bitmap.first_free(port(1024), port(1024)), port(1024));
  EXPECT_EQ(bitmap.count(port(1024), port(65535)), 64510);
}

}  // namespace
}  // namespace pm
