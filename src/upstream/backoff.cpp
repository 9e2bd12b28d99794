#include "upstream/backoff.h"

#include <algorithm>

namespace pm {
namespace {

using std::chrono::milliseconds;

milliseconds part_of(milliseconds whole, double part) {
  const auto count = static_cast<double>(whole.count()) * std::clamp(part, 0.0, 1.0);
  return milliseconds(static_cast<milliseconds::rep>(count));
}

}  // namespace

Backoff::Backoff(Bounds bounds) : bounds_(bounds) {
  bounds_.first = std::max(bounds_.first, milliseconds(1));
  bounds_.longest = std::max(bounds_.longest, bounds_.first);
}

milliseconds Backoff::ceiling(int failures) const {
  if (failures <= 0) return milliseconds(0);
  auto wait = bounds_.first;
  for (int doubled = 1; doubled < failures && wait < bounds_.longest; ++doubled) {
    wait = wait > bounds_.longest / 2 ? bounds_.longest : wait * 2;
  }
  return wait;
}

milliseconds Backoff::full_jitter(int failures, double chance) const {
  return part_of(ceiling(failures), chance);
}

milliseconds Backoff::equal_jitter(int failures, double chance) const {
  const auto whole = ceiling(failures);
  return whole - part_of(whole / 2, chance);
}

}  // namespace pm
