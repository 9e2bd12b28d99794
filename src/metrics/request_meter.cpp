#include "metrics/request_meter.h"

#include <algorithm>
#include <string_view>

namespace pm {
namespace {

using prometheus::Counter;
using prometheus::Histogram;

constexpr const char* no_route = "none";
/// Of requests that reach no route; the last stands for all others.
constexpr std::array<std::string_view, 7> methods{"GET",    "POST",    "PUT",  "PATCH",
                                                  "DELETE", "OPTIONS", "other"};

/// Seconds: from what is answered from memory to a move of a service that is slow to come up.
Histogram::BucketBoundaries duration_buckets() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
          0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60};
}

std::size_t method_index(std::string_view method) {
  const auto* found = std::find(methods.begin(), methods.end() - 1, method);
  return static_cast<std::size_t>(found - methods.begin());
}

}  // namespace

RequestMeter::RequestMeter(std::function<std::size_t()> connections)
    : connections_(std::move(connections)),
      requests_("portmanager_http_requests_total",
                "Requests answered, by route (its pattern; none: it reached no route), method "
                "(HEAD counts as GET) and status.",
                {}),
      durations_("portmanager_http_request_duration_seconds",
                 "Time from the complete request to its answer, by route and method; without what "
                 "a long poll has waited.",
                 {}),
      routeless_(methods.size()) {
  for (std::size_t i = 0; i < methods.size(); ++i) {
    routeless_[i].method = methods[i];
    routeless_[i].route = no_route;
  }
}

void RequestMeter::set_routes(const std::vector<Route>& routes) {
  routes_ = std::vector<Tally>(routes.size());
  for (const auto& route : routes) {
    routes_[route.index].method = route.method;
    routes_[route.index].route = route.pattern;
  }
}

RequestMeter::Tally& RequestMeter::tally_of(const Route* route, const HttpRequest& request) {
  return route ? routes_[route->index] : routeless_[method_index(request.method)];
}

// Two threads may ask a family for the same metric: it gives both the same one.
Counter& RequestMeter::counter(Tally& tally, int status) {
  auto& known = tally.by_status[static_cast<std::size_t>(status - lowest_status)];
  auto* counter = known.load(std::memory_order_acquire);
  if (!counter) {
    counter = &requests_.Add(
        {{"route", tally.route}, {"method", tally.method}, {"status", std::to_string(status)}});
    known.store(counter, std::memory_order_release);
  }
  return *counter;
}

Histogram& RequestMeter::duration(Tally& tally) {
  auto* histogram = tally.duration.load(std::memory_order_acquire);
  if (!histogram) {
    histogram =
        &durations_.Add({{"route", tally.route}, {"method", tally.method}}, duration_buckets());
    tally.duration.store(histogram, std::memory_order_release);
  }
  return *histogram;
}

void RequestMeter::on_answer(const Route* route, const HttpRequest& request, int status,
                             std::chrono::nanoseconds took) {
  auto& tally = tally_of(route, request);
  counter(tally, std::clamp(status, lowest_status, highest_status)).Increment();
  duration(tally).Observe(std::chrono::duration<double>(took).count());
  tally.last_status.store(status, std::memory_order_relaxed);
}

EndpointTraffic RequestMeter::traffic_of(const Tally& tally) const {
  constexpr std::size_t first_error = 500 - lowest_status;
  EndpointTraffic traffic{.endpoint = tally.method + " " + tally.route};
  for (std::size_t i = 0; i < tally.by_status.size(); ++i) {
    const auto* counter = tally.by_status[i].load(std::memory_order_acquire);
    if (!counter) continue;
    const auto count = static_cast<std::uint64_t>(counter->Value());
    traffic.requests += count;
    if (i >= first_error) traffic.errors += count;
  }
  const auto* histogram = tally.duration.load(std::memory_order_acquire);
  if (histogram) traffic.seconds = histogram->Collect().histogram.sample_sum;
  traffic.last_status = tally.last_status.load(std::memory_order_relaxed);
  return traffic;
}

std::vector<EndpointTraffic> RequestMeter::by_endpoint() const {
  std::vector<EndpointTraffic> all;
  for (const auto& tally : routes_) {
    auto traffic = traffic_of(tally);
    if (traffic.requests > 0) all.push_back(std::move(traffic));
  }
  return all;
}

std::int64_t RequestMeter::active_connections() const {
  return static_cast<std::int64_t>(connections_());
}

Families RequestMeter::collect() const {
  auto families = requests_.Collect();
  append(families, durations_.Collect());
  return families;
}

}  // namespace pm
