#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/traffic.h"
#include "http/request_observer.h"
#include "metrics/families.h"

namespace pm {

/// Counts what the API answers, by route, method and status, and how long it took. Routes go by
/// their pattern and what reached none is one route, "none", so that no caller can make series.
///
/// Thread-safe. What is answered often is counted without a search and without a lock but the
/// histogram's own: each route finds its metrics by its index and a status by its number.
class RequestMeter final : public RequestObserver, public Traffic {
 public:
  /// `connections`: the clients connected now, from any thread.
  explicit RequestMeter(std::function<std::size_t()> connections);

  /// Call once, before the first answer.
  void set_routes(const std::vector<Route>& routes);

  void on_answer(const Route* route, const HttpRequest& request, int status,
                 std::chrono::nanoseconds took) override;

  std::vector<EndpointTraffic> by_endpoint() const override;
  std::int64_t active_connections() const override;

  Families collect() const;

 private:
  static constexpr int lowest_status = 100;
  static constexpr int highest_status = 599;

  /// What is counted of one route; nothing until it is used.
  struct Tally {
    std::string method;
    std::string route;
    std::array<std::atomic<prometheus::Counter*>, highest_status - lowest_status + 1> by_status{};
    std::atomic<prometheus::Histogram*> duration{nullptr};
    std::atomic<int> last_status{0};
  };

  Tally& tally_of(const Route* route, const HttpRequest& request);
  prometheus::Counter& counter(Tally& tally, int status);
  prometheus::Histogram& duration(Tally& tally);
  EndpointTraffic traffic_of(const Tally& tally) const;

  std::function<std::size_t()> connections_;
  prometheus::Family<prometheus::Counter> requests_;
  prometheus::Family<prometheus::Histogram> durations_;
  std::vector<Tally> routeless_;  ///< by method
  std::vector<Tally> routes_;     ///< by Route::index
};

}  // namespace pm
