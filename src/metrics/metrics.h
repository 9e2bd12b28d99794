#pragma once

#include <string>

#include "app/kernel_watch.h"
#include "app/port_probe.h"
#include "app/process_meter.h"
#include "app/store.h"
#include "app/upstream_view.h"
#include "http/router.h"
#include "metrics/commit_meter.h"
#include "metrics/request_meter.h"

namespace pm {

class HttpServer;
class LiveFeed;

/// Everything that GET /metrics tells (docs/operations.md, "Metrics"). Thread-safe.
class Metrics {
 public:
  /// What is asked at each scrape. All of it outlives the metrics.
  struct Sources {
    const Store& store;
    const PortProbe& probe;
    const KernelWatch& watch;
    const RequestMeter& requests;
    const HttpServer& server;
    const LiveFeed& feed;
    const ProcessMeter& process;
    UpstreamView* upstreams{nullptr};  ///< null: there are none
    std::string version;
  };

  /// Before the first commit that on_commit() is told of.
  explicit Metrics(Sources sources);

  /// To be called for every commit, in revision order, on one thread.
  void on_commit(const CommitNotice& notice) { commits_.on_commit(notice); }

  /// Prometheus' text format, version 0.0.4. What a source cannot tell is left out, and logged.
  /// Waits for a scan of the kernel that is under way.
  std::string text() const;

 private:
  Families serving() const;
  Families upstreams() const;
  Families process() const;

  Sources sources_;
  CommitMeter commits_;
};

/// GET /metrics.
void add_metrics_route(Router& router, const Metrics& metrics);

}  // namespace pm
