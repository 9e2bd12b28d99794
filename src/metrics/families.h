#pragma once

#include <prometheus/labels.h>
#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <vector>

namespace pm {

using Families = std::vector<prometheus::MetricFamily>;

/// One value, read at the time of a scrape.
struct Sample {
  double value{0};
  prometheus::Labels labels{};
};

/// What the Prometheus library calls a family, of values that somebody else counts. Names follow
/// OpenMetrics: base units, a counter ends in `_total`. The help says what the value means.
prometheus::MetricFamily gauges(std::string name, std::string help, std::vector<Sample> samples);
prometheus::MetricFamily gauge(std::string name, std::string help, double value);
prometheus::MetricFamily counters(std::string name, std::string help, std::vector<Sample> samples);
prometheus::MetricFamily counter(std::string name, std::string help, double value);
/// How often, and how long together: a summary without quantiles.
prometheus::MetricFamily summary(std::string name, std::string help, std::uint64_t count,
                                 double sum);

/// Moves all of `more` behind `families`.
void append(Families& families, Families more);

}  // namespace pm
