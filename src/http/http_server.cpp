#include "http/http_server.h"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <csignal>
#include <mutex>

#include "http/problem.h"

namespace pm {

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

HttpServer::HttpServer(Options options, DetachedLoop& detached,
                       std::function<std::int64_t()> revision)
    : options_(std::move(options)),
      detached_(detached),
      polls_(detached, std::move(revision),
             [this](DetachedSocket socket, HttpRequest request) {
               answer_released(std::move(socket), std::move(request));
             }),
      in_flight_(std::make_shared<InFlight>()) {}

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

Expected<void> HttpServer::start(const Dispatcher& dispatcher,
                                 std::vector<RequestObserver*> observers) {
  if (auto listening = socket_.listen(); !listening) return listening;
  // Pistache writes to sockets without MSG_NOSIGNAL.
  std::signal(SIGPIPE, SIG_IGN);
  dispatcher_ = &dispatcher;
  observers_ = std::move(observers);
  read_ = std::make_unique<WorkerPool>(options_.read_workers);
  quick_ = std::make_unique<WorkerPool>(options_.quick_workers);
  slow_ = std::make_unique<WorkerPool>(options_.slow_workers);
  health_ = std::make_unique<WorkerPool>(options_.health_workers);
  ReactorThread::Requests& self = *this;
  {
    const std::lock_guard lock(reactors_mutex_);
    for (std::size_t i = 0; i < options_.reactor_threads; ++i) {
      reactors_.push_back(
          std::make_unique<ReactorThread>(socket_.fd.get(), self, detached_, options_.connection));
    }
  }
  // Not under the lock: a reactor that has begun asks connections() for each new client.
  for (auto& reactor : reactors_) reactor->start();
  return {};
}

WorkerPool& HttpServer::pool_of(Lane lane) {
  switch (lane) {
    case Lane::read:
      return *read_;
    case Lane::slow:
      return *slow_;
    case Lane::health:
      return *health_;
    case Lane::reactor:
    case Lane::quick:
      break;
  }
  return *quick_;
}

void HttpServer::tell(const Asked& asked, const HttpRequest& request, int status) const {
  if (observers_.empty()) return;
  const auto took = std::chrono::steady_clock::now() - asked.at;
  for (auto* observer : observers_) observer->on_answer(asked.route, request, status, took);
}

HttpResponse HttpServer::overloaded(const Asked& asked, const HttpRequest& request) const {
  auto refusal = problem({ErrorCode::overloaded,
                          "Too much is waiting, or the Port Manager is stopping; nothing was "
                          "changed. Try again in a moment.",
                          {}},
                         request.path, request.request_id);
  tell(asked, request, refusal.status);
  return refusal;
}

void HttpServer::on_refused(const HttpRequest& request, int status) {
  for (auto* observer : observers_) observer->on_answer(nullptr, request, status, {});
}

std::optional<HttpResponse> HttpServer::on_request(HttpRequest& request,
                                                   const ReactorThread::Detach& detach) {
  const auto begun = std::chrono::steady_clock::now();
  auto outcome = dispatcher_->dispatch(request);
  const Asked asked{outcome.route, begun};
  if (auto* work = std::get_if<Dispatcher::Work>(&outcome.next)) {
    return hand_over(asked, request, std::move(*work), detach);
  }
  auto& response = std::get<HttpResponse>(outcome.next);
  if (response.waits || response.takes_over) {
    return answer_later(asked, request, std::move(response), detach);
  }
  tell(asked, request, response.status);
  return std::move(response);
}

std::optional<HttpResponse> HttpServer::hand_over(const Asked& asked, HttpRequest& request,
                                                  Dispatcher::Work work,
                                                  const ReactorThread::Detach& detach) {
  auto socket = detach();
  if (!socket) return overloaded(asked, request);
  // std::function wants copyable captures.
  struct Task {
    DetachedSocket socket;
    HttpRequest request;
    std::function<HttpResponse(const HttpRequest&)> run;
  };
  auto task =
      std::make_shared<Task>(Task{std::move(*socket), std::move(request), std::move(work.run)});
  in_flight_->add();
  const bool taken = pool_of(work.lane).submit([this, asked, task, in_flight = in_flight_] {
    const auto response = task->run(task->request);
    tell(asked, task->request, response.status);
    ReactorThread::answer(std::move(task->socket), task->request, response, detached_);
    in_flight->remove();
  });
  if (!taken) {
    in_flight_->remove();
    ReactorThread::answer(std::move(task->socket), task->request, overloaded(asked, task->request),
                          detached_);
  }
  return std::nullopt;
}

std::optional<HttpResponse> HttpServer::answer_later(const Asked& asked, HttpRequest& request,
                                                     HttpResponse response,
                                                     const ReactorThread::Detach& detach) {
  if (response.waits && polls_.size() >= options_.max_long_polls) {
    return overloaded(asked, request);
  }
  auto socket = detach();
  if (!socket) return overloaded(asked, request);
  if (response.waits) {
    polls_.add(std::move(*socket), std::move(request), *response.waits);
    return std::nullopt;
  }
  tell(asked, request, response.status);
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
  const auto begun = std::chrono::steady_clock::now();
  request.query.erase("wait");
  const auto outcome = dispatcher_->dispatch(request);
  const Asked asked{outcome.route, begun};
  if (const auto* response = std::get_if<HttpResponse>(&outcome.next)) {
    tell(asked, request, response->status);
    ReactorThread::answer(std::move(socket), request, *response, detached_);
  } else {
    ReactorThread::answer(std::move(socket), request, overloaded(asked, request), detached_);
  }
}

std::size_t HttpServer::connections() const {
  auto count = detached_.size() + in_flight();
  const std::lock_guard lock(reactors_mutex_);
  for (const auto& reactor : reactors_) count += reactor->connections();
  return count;
}

std::size_t HttpServer::in_flight() const {
  const std::lock_guard lock(in_flight_->mutex);
  return in_flight_->count;
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
  for (auto* pool : {read_.get(), quick_.get()}) {
    if (pool->submit(here)) ++call->missing;
  }
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
  read_->stop();
  quick_->stop();
  slow_->stop();
  health_->stop();
  detached_.stop(farewell);
  for (auto& reactor : reactors_) reactor->stop();
  const std::lock_guard lock(reactors_mutex_);
  reactors_.clear();
  socket_.fd.reset();
}

}  // namespace pm
