#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "metrics/families.h"

namespace pm::test {

inline const prometheus::MetricFamily* family(const Families& families, const std::string& name) {
  const auto found = std::find_if(families.begin(), families.end(),
                                  [&](const auto& each) { return each.name == name; });
  return found == families.end() ? nullptr : &*found;
}

/// The series of these labels, all of them.
inline std::optional<prometheus::ClientMetric> series(const Families& families,
                                                      const std::string& name,
                                                      const prometheus::Labels& labels = {}) {
  const auto* found = family(families, name);
  if (!found) return std::nullopt;
  for (const auto& metric : found->metric) {
    prometheus::Labels its;
    for (const auto& label : metric.label) its[label.name] = label.value;
    if (its == labels) return metric;
  }
  return std::nullopt;
}

/// The value of a counter or gauge.
inline std::optional<double> value(const Families& families, const std::string& name,
                                   const prometheus::Labels& labels = {}) {
  const auto found = series(families, name, labels);
  if (!found) return std::nullopt;
  const bool is_counter = family(families, name)->type == prometheus::MetricType::Counter;
  return is_counter ? found->counter.value : found->gauge.value;
}

}  // namespace pm::test
