#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/unique_fd.h"
#include "http/detached_loop.h"
#include "http/dispatcher.h"
#include "http/reactor_thread.h"
#include "http/worker_pool.h"

namespace pm {

/// HTTP/1.1 on one port: reactor threads for what is answered at once, workers for what waits, the
/// detached loop for what the client has to be waited for.
class HttpServer final : private ReactorThread::Requests {
 public:
  struct Options {
    std::string host{"127.0.0.1"};
    std::uint16_t port{8100};  ///< 0: any free one
    std::size_t reactor_threads{2};
    std::size_t quick_workers{64};
    std::size_t slow_workers{64};
    std::size_t health_workers{8};
    ReactorThread::Options connection;
  };

  explicit HttpServer(Options options) : options_(std::move(options)) {}
  ~HttpServer() override;
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Takes the port; nobody can connect yet. Error port_in_use, or out_of_bounds for an address
  /// that is not this machine's.
  Expected<void> bind();
  /// The port that was bound.
  std::uint16_t port() const { return port_; }
  /// Listens and begins to answer. The dispatcher outlives the server. Error port_in_use.
  Expected<void> start(const Dispatcher& dispatcher);

  /// Takes no new connections, lets requests under way finish for `grace`, then ends the rest.
  /// Idempotent.
  void stop(std::chrono::milliseconds grace);

 private:
  std::optional<HttpResponse> on_request(HttpRequest& request,
                                         const ReactorThread::Detach& detach) override;
  WorkerPool& pool_of(Lane lane);

  Options options_;
  UniqueFd listener_;
  std::uint16_t port_{0};
  const Dispatcher* dispatcher_{nullptr};
  std::unique_ptr<DetachedLoop> detached_;
  std::unique_ptr<WorkerPool> quick_;
  std::unique_ptr<WorkerPool> slow_;
  std::unique_ptr<WorkerPool> health_;
  std::vector<std::unique_ptr<ReactorThread>> reactors_;
  struct InFlight;
  std::shared_ptr<InFlight> in_flight_;
};

}  // namespace pm
