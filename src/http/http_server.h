#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/unique_fd.h"
#include "http/detached_loop.h"
#include "http/dispatcher.h"
#include "http/listening_socket.h"
#include "http/long_polls.h"
#include "http/reactor_thread.h"
#include "http/request_observer.h"
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
    std::size_t read_workers{16};
    std::size_t quick_workers{64};
    std::size_t slow_workers{64};
    std::size_t health_workers{8};
    /// Clients, wherever they are; more are closed at once.
    std::size_t max_connections{20'000};
    std::size_t max_long_polls{10'000};
    ReactorThread::Options connection;
  };

  /// The loop outlives the server, which stops it with itself. `revision`: the registry's, for
  /// those who wait for it; from any thread.
  HttpServer(Options options, DetachedLoop& detached, std::function<std::int64_t()> revision);
  ~HttpServer() override;
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Takes the port; nobody can connect yet. Error port_in_use, or out_of_bounds for an address
  /// that is not this machine's. With a socket that was inherited, see ListeningSocket, that one is
  /// served instead of the options' host and port, and clients may be waiting in it already.
  Expected<void> bind(UniqueFd inherited = {});
  /// Of the socket that was bound.
  const std::string& host() const { return socket_.host; }
  std::uint16_t port() const { return socket_.port; }
  /// Listens and begins to answer. The dispatcher and the observers outlive the server. Error
  /// port_in_use.
  Expected<void> start(const Dispatcher& dispatcher, std::vector<RequestObserver*> observers = {});

  /// The registry has a new revision. Thread-safe, and cheap where nobody waits for one.
  void notify() { polls_.notify(); }
  /// Clients connected now, those who wait among them. Thread-safe.
  std::size_t connections() const;
  /// Requests that workers have, or that wait for one. Thread-safe.
  std::size_t in_flight() const;
  /// Requests that wait for a revision. Thread-safe.
  std::size_t long_polls() const { return polls_.size(); }

  /// True when each thread that serves connections, and a worker for quick requests, has run a task
  /// within that time. From any thread, between start() and stop().
  bool is_responsive(std::chrono::milliseconds patience);

  /// Takes no new connections, answers those who wait for a revision, lets requests under way
  /// finish for `grace` and the loop's sessions end for `farewell`, then ends the rest. Idempotent.
  void stop(std::chrono::milliseconds grace, std::chrono::milliseconds farewell = {});

 private:
  using Time = std::chrono::steady_clock::time_point;
  /// A request under way.
  struct Asked {
    const Route* route{nullptr};
    Time at;
  };

  bool has_room() const override { return connections() < options_.max_connections; }
  std::optional<HttpResponse> on_request(HttpRequest& request,
                                         const ReactorThread::Detach& detach) override;
  void on_refused(const HttpRequest& request, int status) override;
  std::optional<HttpResponse> hand_over(const Asked& asked, HttpRequest& request,
                                        Dispatcher::Work work, const ReactorThread::Detach& detach);
  std::optional<HttpResponse> answer_later(const Asked& asked, HttpRequest& request,
                                           HttpResponse response,
                                           const ReactorThread::Detach& detach);
  void answer_released(DetachedSocket socket, HttpRequest request);
  HttpResponse overloaded(const Asked& asked, const HttpRequest& request) const;
  void tell(const Asked& asked, const HttpRequest& request, int status) const;
  WorkerPool& pool_of(Lane lane);

  Options options_;
  ListeningSocket socket_;
  const Dispatcher* dispatcher_{nullptr};
  std::vector<RequestObserver*> observers_;
  DetachedLoop& detached_;
  LongPolls polls_;
  std::unique_ptr<WorkerPool> read_;
  std::unique_ptr<WorkerPool> quick_;
  std::unique_ptr<WorkerPool> slow_;
  std::unique_ptr<WorkerPool> health_;
  mutable std::mutex reactors_mutex_;  ///< for connections(), which anybody may ask at any time
  std::vector<std::unique_ptr<ReactorThread>> reactors_;
  struct InFlight;
  std::shared_ptr<InFlight> in_flight_;
};

}  // namespace pm
