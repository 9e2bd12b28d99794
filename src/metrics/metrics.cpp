#include "metrics/metrics.h"

#include <prometheus/text_serializer.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "http/http_server.h"
#include "http/live_feed.h"
#include "metrics/kernel_families.h"
#include "metrics/process_families.h"
#include "metrics/registry_families.h"
#include "metrics/upstream_families.h"

namespace pm {
namespace {

constexpr const char* text_format = "text/plain; version=0.0.4; charset=utf-8";

/// What the library keeps in hash tables comes in no order; people read this too.
void sort(Families& families) {
  for (auto& family : families) {
    std::sort(family.metric.begin(), family.metric.end(),
              [](const auto& left, const auto& right) { return left.label < right.label; });
  }
}

}  // namespace

Metrics::Metrics(Sources sources)
    : sources_(std::move(sources)), commits_(*sources_.store.snapshot()) {}

std::string Metrics::text() const {
  Families families{gauges("portmanager_build_info", "1; the label has the version.",
                           {{1, {{"version", sources_.version}}}})};
  append(families, registry_families(*sources_.store.snapshot()));
  append(families, commits_.collect());
  append(families, sources_.requests.collect());
  append(families, serving());
  append(families, kernel_families(sources_.watch.looks(), sources_.probe.sight()));
  append(families, upstreams());
  append(families, process());
  sort(families);
  return prometheus::TextSerializer().Serialize(families);
}

Families Metrics::serving() const {
  const auto& server = sources_.server;
  const auto& feed = sources_.feed;
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  return {gauge("portmanager_http_connections",
                "Clients connected, WebSockets and long polls among them.",
                number(server.connections())),
          gauge("portmanager_http_requests_in_flight",
                "Requests that a worker has or that wait for one.", number(server.in_flight())),
          gauge("portmanager_http_long_polls", "Requests that wait for a revision.",
                number(server.long_polls())),
          gauge("portmanager_websocket_clients", "WebSocket clients connected.",
                number(feed.clients())),
          counter("portmanager_websocket_messages_total",
                  "Messages sent to WebSocket clients, each counted once for each client.",
                  number(feed.messages_sent())),
          counter("portmanager_websocket_clients_cut_off_total",
                  "WebSocket clients cut off because they did not read.", number(feed.cut_off()))};
}

Families Metrics::upstreams() const {
  if (!sources_.upstreams) return {};
  const auto states = sources_.upstreams->states();
  if (states) return upstream_families(*states);
  spdlog::warn("the metrics of Hub and Ninja are left out: {}", states.error().message);
  return {};
}

Families Metrics::process() const {
  const auto usage = sources_.process.usage();
  if (usage) return process_families(*usage);
  spdlog::warn("the metrics of the process are left out: {}", usage.error().message);
  return {};
}

void add_metrics_route(Router& router, const Metrics& metrics) {
  // Not the reactor: a source may wait for the kernel or the disk.
  router.add({"GET", "/metrics", Lane::quick,
              [&metrics](const HttpRequest&, const PathParams&) -> Expected<HttpResponse> {
                return HttpResponse::of(metrics.text(), text_format);
              }});
}

}  // namespace pm
