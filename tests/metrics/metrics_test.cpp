#include "metrics/metrics.h"

#include <gmock/gmock.h>

#include "app/world.h"
#include "http/http_server.h"
#include "http/live_feed.h"

namespace pm::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct FakeMeter final : ProcessMeter {
  Expected<ProcessUsage> usage() const override { return answer; }
  Expected<ProcessUsage> answer{ProcessUsage{}};
};

struct FakeUpstreams final : UpstreamView {
  Expected<std::vector<UpstreamState>> states() override { return answer; }
  Expected<std::vector<UpstreamState>> answer;
};

class MetricsTest : public testing::Test, public World {
 protected:
  MetricsTest() {
    store.observe([this](const CommitNotice& notice) { metrics.on_commit(notice); });
    add_metrics_route(router, metrics);
    requests.set_routes(router.routes());
    UpstreamState hub;
    hub.target = "hub";
    hub.url = "http://127.0.0.1:8001";
    upstreams.answer = std::vector{hub};
  }
  HttpResponse get() const {
    HttpRequest request;
    request.method = "GET";
    request.segments = {"metrics"};
    return router.find(request).route->handler(request, {}).value();
  }

  FakeMeter meter;
  FakeUpstreams upstreams;
  RequestMeter requests{[] { return std::size_t{0}; }};
  DetachedLoop loop;
  LiveFeed feed{loop, clock, {}, {}, store.snapshot()};
  HttpServer server{{}, loop, [] { return 0; }};
  Metrics metrics{{.store = store,
                   .probe = probe,
                   .watch = watch,
                   .requests = requests,
                   .server = server,
                   .feed = feed,
                   .process = meter,
                   .upstreams = &upstreams,
                   .version = "1.2.3"}};
  Router router;
};

TEST_F(MetricsTest, AreTextOfEverySource) {
  have("kite", 8000);
  requests.on_answer(router.routes().data(), {}, 200, std::chrono::milliseconds(1));
  const auto response = get();
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line :
       {"portmanager_build_info{version=\"1.2.3\"} 1\n", "portmanager_assignments 1\n",
        "portmanager_commits_total{action=\"assign\"} 1\n",
        "portmanager_http_requests_total{method=\"GET\",route=\"/metrics\",status=\"200\"} 1\n",
        "portmanager_http_connections 0\n", "portmanager_http_long_polls 0\n",
        "portmanager_http_requests_in_flight 0\n", "portmanager_websocket_clients 0\n",
        "portmanager_kernel_listeners 0\n", "portmanager_upstream_registered{target=\"hub\"} 0\n",
        "process_threads 0\n", "# TYPE portmanager_kernel_scan_duration_seconds summary\n"}) {
    EXPECT_THAT(*response.body, HasSubstr(line));
  }
}

TEST_F(MetricsTest, SeriesOfAFamilyAreInOrder) {
  const auto text = metrics.text();
  const auto at = [&](const char* outcome) {
    return text.find("portmanager_moves_total{outcome=\"" + std::string(outcome));
  };
  EXPECT_LT(at("committed"), at("registry_only"));
  EXPECT_LT(at("registry_only"), at("rolled_back"));
}

TEST_F(MetricsTest, WhatASourceCannotTellIsLeftOut) {
  meter.answer = fail(ErrorCode::internal, "no procfs");
  upstreams.answer = fail(ErrorCode::storage_failed, "no database");
  const auto text = metrics.text();
  EXPECT_THAT(text, Not(HasSubstr("process_")));
  EXPECT_THAT(text, Not(HasSubstr("upstream")));
  EXPECT_THAT(text, HasSubstr("portmanager_revision 0\n"));
}

TEST_F(MetricsTest, AScrapeIsAskedOfAWorker) {
  EXPECT_EQ(router.routes().front().lane, Lane::quick);
}

}  // namespace
}  // namespace pm::test
