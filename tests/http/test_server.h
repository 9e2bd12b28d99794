#pragma once

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "http/http_server.h"

namespace pm::test {

constexpr std::size_t megabyte = 1024 * 1024;

inline std::shared_ptr<const std::string> large_body() {
  std::string text;
  for (std::size_t i = 0; text.size() < 8 * megabyte; ++i) text += std::to_string(i) + ' ';
  return std::make_shared<const std::string>(std::move(text));
}

/// A door for handlers: who comes through waits until it is opened.
class Gate {
 public:
  void pass() {
    ++waiting_;
    opened_.wait();
  }
  void open() {
    if (!is_open_.exchange(true)) door_.set_value();
  }
  int waiting() const { return waiting_; }

 private:
  std::promise<void> door_;
  std::atomic<bool> is_open_{false};
  std::shared_future<void> opened_{door_.get_future().share()};
  std::atomic<int> waiting_{0};
};

/// What a server tells of its answers, "GET /now/{word} 200" each; without a route "- GET /x 404".
class Tale final : public RequestObserver {
 public:
  void on_answer(const Route* route, const HttpRequest& request, int status,
                 std::chrono::nanoseconds took) override {
    const auto what =
        route ? route->method + " " + route->pattern : "- " + request.method + " " + request.path;
    const std::lock_guard lock(mutex_);
    answers_.push_back(what + " " + std::to_string(status));
    longest_ = std::max(longest_, took);
  }
  std::vector<std::string> answers() const {
    const std::lock_guard lock(mutex_);
    return answers_;
  }
  std::chrono::nanoseconds longest() const {
    const std::lock_guard lock(mutex_);
    return longest_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> answers_;
  std::chrono::nanoseconds longest_{0};
};

/// A running server with a few routes: /now answers on the reactor, /later on a worker, /gate when
/// the gate is opened, /news and /large-news when the revision has moved on, /upgrade gives the
/// socket away.
class TestServer {
 public:
  explicit TestServer(HttpServer::Options options = {})
      : server_(on_any_port(options), loop_, [this] { return revision_.load(); }) {
    if (auto bound = server_.bind(); !bound) throw std::runtime_error(bound.error().message);
    if (auto started = server_.start(dispatcher_, {&tale_}); !started) {
      throw std::runtime_error(started.error().message);
    }
  }

  HttpServer& server() { return server_; }
  int port() const { return server_.port(); }
  Gate& gate() { return gate_; }
  const Tale& tale() const { return tale_; }
  /// The registry has a new revision.
  void commit() {
    ++revision_;
    server_.notify();
  }
  /// What the socket given away came with.
  std::pair<UniqueFd, std::string> upgraded() { return upgraded_.get_future().get(); }
  const std::string& large() const { return *large_; }

 private:
  static HttpServer::Options on_any_port(HttpServer::Options options) {
    options.port = 0;
    return options;
  }

  Router routes() {
    const auto echo = [](const HttpRequest& request,
                         const PathParams& params) -> Expected<HttpResponse> {
      return HttpResponse::of(params.empty() ? request.body : params[0] + request.body);
    };
    const auto large = [this](const HttpRequest&, const PathParams&) -> Expected<HttpResponse> {
      HttpResponse response;
      response.body = large_;
      return response;
    };
    Router router;
    for (const auto& [prefix, lane] :
         {std::pair("/now", Lane::reactor), std::pair("/later", Lane::quick)}) {
      const std::string path = prefix;
      router.add({"GET", path + "/{word}", lane, echo});
      router.add({"POST", path, lane, echo});
      router.add({"POST", path + "/{word}", lane, echo});
      router.add({"GET", path + "/large/answer", lane, large});
    }
    router.add({"GET", "/gate/{word}", Lane::slow,
                [this, echo](const HttpRequest& request, const PathParams& params) {
                  gate_.pass();
                  return echo(request, params);
                }});
    router.add({"GET", "/unchanged", Lane::reactor,
                [](const HttpRequest&, const PathParams&) -> Expected<HttpResponse> {
                  HttpResponse response;
                  response.status = 304;
                  return response;
                }});
    const auto news = [](auto body_of) {
      return [body_of](const HttpRequest& request, const PathParams&) -> Expected<HttpResponse> {
        HttpResponse response;
        response.body = body_of();
        const auto wait = request.query.find("wait");
        if (wait == request.query.end()) return response;
        response.waits = {std::stoll(request.query.at("revision")),
                          std::chrono::milliseconds(std::stoll(wait->second))};
        return response;
      };
    };
    router.add({"GET", "/news", Lane::reactor,
                news([this] { return HttpResponse::of(std::to_string(revision_)).body; })});
    router.add({"GET", "/large-news", Lane::reactor, news([this] { return large_; })});
    router.add({"GET", "/upgrade", Lane::reactor,
                [this](const HttpRequest&, const PathParams&) -> Expected<HttpResponse> {
                  HttpResponse response;
                  response.status = 101;
                  response.headers = {{"Connection", "Upgrade"}, {"Upgrade", "chess"}};
                  response.takes_over = [this](UniqueFd fd, std::string unread) {
                    upgraded_.set_value({std::move(fd), std::move(unread)});
                  };
                  return response;
                }});
    return router;
  }

  std::shared_ptr<const std::string> large_{large_body()};
  Gate gate_;
  Tale tale_;
  std::promise<std::pair<UniqueFd, std::string>> upgraded_;
  Dispatcher dispatcher_{routes(), {}};
  std::atomic<std::int64_t> revision_{1};
  DetachedLoop loop_;
  HttpServer server_;
};

inline std::string get(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
}

inline std::string post(const std::string& target, const std::string& body,
                        const std::string& headers = "") {
  return "POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline HttpServer::Options one_reactor() {
  HttpServer::Options options;
  options.reactor_threads = 1;
  return options;
}

inline std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace pm::test
