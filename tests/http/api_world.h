#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/rfc3339.h"
#include "app/world.h"
#include "exporters/file_formats.h"
#include "http/api.h"
#include "http/problem.h"
#include "support/fake_config_archive.h"

namespace pm::test {

/// A Hub's list as it is put here. Not thread-safe.
struct FakeHub final : ServiceDirectory {
  bool is_configured() const override { return configured; }
  Expected<std::vector<ListedService>> services() override {
    if (error) return tl::unexpected<Error>(*error);
    return listed;
  }

  bool configured{false};
  std::optional<Error> error;
  std::vector<ListedService> listed;
};

/// The routes over the use cases over fakes, called without a connection.
struct ApiWorld : World {
  using World::World;

  struct Answer {
    HttpResponse response;
    Json body;  ///< null when it is not JSON

    int status() const { return response.status; }
    std::string text() const { return response.body ? *response.body : std::string(); }
    std::string header(const std::string& name) const {
      for (const auto& [each, value] : response.headers) {
        if (each == name) return value;
      }
      return {};
    }
  };
  using Pairs = std::map<std::string, std::string>;

  Answer get(const std::string& path, Pairs query = {}, Pairs headers = {}) {
    return call("GET", path, "", std::move(query), std::move(headers));
  }
  Answer post(const std::string& path, const std::string& body = "", Pairs query = {}) {
    return call("POST", path, body, std::move(query), {});
  }
  Answer call(const std::string& method, const std::string& path, const std::string& body,
              Pairs query, Pairs headers) {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.segments = split_path(path).value();
    request.query = std::move(query);
    request.headers = std::move(headers);
    request.body = body;
    request.remote = "10.0.0.9";
    const auto match = router.find(request);
    auto response = match.route->handler(request, match.params);
    Answer answer{response ? *response : problem(response.error(), path, "req-7"), {}};
    answer.body = Json::parse(answer.text(), nullptr, false);
    return answer;
  }
  Lane lane(const std::string& path) const {
    HttpRequest request;
    request.method = "GET";
    request.segments = split_path(path).value();
    return router.find(request).route->lane;
  }

  FakeConfigArchive archive;
  FakeHub hub;
  FileFormats formats{addresses, clock};
  HealthChecks health{store, client, addresses, clock};
  ConfigAdmin config{store, archive, clock};
  Discovery discovery{store, watch, hub};
  ApiContext api{.store = store,
                 .ports = ports,
                 .saga = saga,
                 .bulk = bulk,
                 .resolver = resolver,
                 .watch = watch,
                 .discovery = discovery,
                 .health = health,
                 .config = config,
                 .formats = formats,
                 .clock = clock,
                 .version = "1.0.0",
                 .started = {}};
  Router router{make_router(api)};
};

}  // namespace pm::test
