#include "http/http_server.h"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <csignal>
#include <mutex>

#include "http/problem.h"

namespace pm {
namespace {

HttpResponse overloaded(const HttpRequest& refused) {
  return problem({ErrorCode::overloaded,
                  "Too much is waiting, or the Port Manager is stopping; nothing was changed. Try "
                  "again in a moment.",
                  {}},
                 refused.path, refused.request_id);
}

}  // namespace

/// Counts the requests that workers have.
struct HttpServer::InFlight {
  std::mutex mutex;
  std::condition_variable none;
  std::size_t count{0};

  void add() {
    const std::lock_guard lock(mutex);
    ++count;
  }
  void remove() {
    const std::lock_guard lock(mutex);
    if (--count == 0) none.notify_all();
  }
};

HttpServer::~HttpServer() {
  stop(std::chrono::milliseconds{0});
}

Expected<void> HttpServer::bind(UniqueFd inherited) {
  auto socket = inherited ? ListeningSocket::inherited(std::move(inherited))
                          : ListeningSocket::bound(options_.host, options_.port);
  if (!socket) return tl::unexpected(std::move(socket.error()));
  socket_ = std::move(*socket);
  return {};
}

Expected<void> HttpServer::start(const Dispatcher& dispatcher) {
  if (auto listening = socket_.listen(); !listening) return listening;
  // Pistache writes to sockets without MSG_NOSIGNAL.
  std::signal(SIGPIPE, SIG_IGN);
  dispatcher_ = &dispatcher;
  in_flight_ = std::make_shared<InFlight>();
  quick_ = std::make_unique<WorkerPool>(options_.quick_workers);
  slow_ = std::make_unique<WorkerPool>(options_.slow_workers);
  health_ = std::make_unique<WorkerPool>(options_.health_workers);
  ReactorThread::Requests& self = *this;
  for (std::size_t i = 0; i < options_.reactor_threads; ++i) {
    reactors_.push_back(
        std::make_unique<ReactorThread>(socket_.fd.get(), self, detached_, options_.connection));
  }
  for (auto& reactor : reactors_) reactor->start();
  return {};
}

WorkerPool& HttpServer::pool_of(Lane lane) {
  if (lane == Lane::slow) return *slow_;
  return lane == Lane::health ? *health_ : *quick_;
}

std::optional<HttpResponse> HttpServer::on_request(HttpRequest& request,
                                                   const ReactorThread::Detach& detach) {
  auto outcome = dispatcher_->dispatch(request);
  if (auto* response = std::get_if<HttpResponse>(&outcome)) {
    const bool is_answer = !response->waits && !response->takes_over;
    if (is_answer) return std::move(*response);
    return answer_later(request, std::move(*response), detach);
  }
  auto socket = detach();
  if (!socket) return overloaded(request);
  auto& work = std::get<Dispatcher::Work>(outcome);
  // std::function wants copyable captures.
  struct Task {
    DetachedSocket socket;
    HttpRequest request;
    std::function<HttpResponse(const HttpRequest&)> run;
  };
  auto task =
      std::make_shared<Task>(Task{std::move(*socket), std::move(request), std::move(work.run)});
  in_flight_->add();
  const bool taken =
      pool_of(work.lane).submit([task, in_flight = in_flight_, &detached = detached_] {
        const auto response = task->run(task->request);
        ReactorThread::answer(std::move(task->socket), task->request, response, detached);
        in_flight->remove();
      });
  if (!taken) {
    in_flight_->remove();
    ReactorThread::answer(std::move(task->socket), task->request, overloaded(task->request),
                          detached_);
  }
  return std::nullopt;
}

std::optional<HttpResponse> HttpServer::answer_later(HttpRequest& request, HttpResponse response,
                                                     const ReactorThread::Detach& detach) {
  if (response.waits && polls_.size() >= options_.max_long_polls) return overloaded(request);
  auto socket = detach();
  if (!socket) return overloaded(request);
  if (response.waits) {
    polls_.add(std::move(*socket), std::move(request), *response.waits);
    return std::nullopt;
  }
  const auto date = http_date();
  const WireForm form{false, false, true, date, request.request_id};
  DetachedLoop::Output head{serialize_head(response, form), nullptr, 0};
  // It is the first that this socket is sent since the last answer: its buffer has room.
  if (DetachedLoop::send_some(socket->fd.get(), head) && head.done()) {
    response.takes_over(std::move(socket->fd), std::move(socket->unread));
  }
  return std::nullopt;
}

void HttpServer::answer_released(DetachedSocket socket, HttpRequest request) {
  request.query.erase("wait");
  auto outcome = dispatcher_->dispatch(request);
  const auto* response = std::get_if<HttpResponse>(&outcome);
  ReactorThread::answer(std::move(socket), request, response ? *response : overloaded(request),
                        detached_);
}

std::size_t HttpServer::connections() const {
  auto count = detached_.size();
  for (const auto& reactor : reactors_) count += reactor->connections();
  return count;
}

bool HttpServer::is_responsive(std::chrono::milliseconds patience) {
  // Those who come too late find it still there.
  struct RollCall {
    std::mutex mutex;
    std::condition_variable all_here;
    std::size_t missing{0};
  };
  auto call = std::make_shared<RollCall>();
  const auto here = [call] {
    const std::lock_guard lock(call->mutex);
    if (--call->missing == 0) call->all_here.notify_all();
  };
  std::unique_lock lock(call->mutex);
  call->missing = reactors_.size();
  for (auto& reactor : reactors_) reactor->post(here);
  if (detached_.post(here)) ++call->missing;
  // A queue that is full is answered 503, without a worker.
  if (quick_->submit(here)) ++call->missing;
  return call->all_here.wait_for(lock, patience, [&] { return call->missing == 0; });
}

void HttpServer::stop(std::chrono::milliseconds grace, std::chrono::milliseconds farewell) {
  if (reactors_.empty()) return;
  for (auto& reactor : reactors_) reactor->stop_accepting();
  polls_.release_all();
  {
    std::unique_lock lock(in_flight_->mutex);
    in_flight_->none.wait_for(lock, grace, [&] { return in_flight_->count == 0; });
  }
  quick_->stop();
  slow_->stop();
  health_->stop();
  detached_.stop(farewell);
  for (auto& reactor : reactors_) reactor->stop();
  reactors_.clear();
  socket_.fd.reset();
}

}  // namespace pm
