#include "metrics/families.h"

#include <iterator>
#include <utility>

namespace pm {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

ClientMetric labelled(const prometheus::Labels& labels) {
  ClientMetric metric;
  for (const auto& [name, value] : labels) metric.label.push_back({name, value});
  return metric;
}

}  // namespace

MetricFamily gauges(std::string name, std::string help, std::vector<Sample> samples) {
  MetricFamily family{std::move(name), std::move(help), MetricType::Gauge, {}};
  for (const auto& sample : samples) {
    family.metric.push_back(labelled(sample.labels));
    family.metric.back().gauge.value = sample.value;
  }
  return family;
}

MetricFamily gauge(std::string name, std::string help, double value) {
  return gauges(std::move(name), std::move(help), {{value}});
}

MetricFamily counters(std::string name, std::string help, std::vector<Sample> samples) {
  MetricFamily family{std::move(name), std::move(help), MetricType::Counter, {}};
  for (const auto& sample : samples) {
    family.metric.push_back(labelled(sample.labels));
    family.metric.back().counter.value = sample.value;
  }
  return family;
}

MetricFamily counter(std::string name, std::string help, double value) {
  return counters(std::move(name), std::move(help), {{value}});
}

MetricFamily summary(std::string name, std::string help, std::uint64_t count, double sum) {
  MetricFamily family{std::move(name), std::move(help), MetricType::Summary, {}};
  family.metric.emplace_back();
  family.metric.back().summary.sample_count = count;
  family.metric.back().summary.sample_sum = sum;
  return family;
}

void append(Families& families, Families more) {
  std::move(more.begin(), more.end(), std::back_inserter(families));
}

}  // namespace pm
