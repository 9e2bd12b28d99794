#include "http/reactor_thread.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>

#include "http/problem.h"
#include "http/request_reader.h"

namespace pm {
namespace {

using Pistache::Polling::Mode;
using Pistache::Polling::NotifyOn;

UniqueFd checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return UniqueFd(fd);
}

UniqueFd dead_end() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  ::close(pair[1]);
  return UniqueFd(pair[0]);
}

void drain(int fd) {
  std::uint64_t value = 0;
  [[maybe_unused]] const auto got = ::read(fd, &value, sizeof value);
}

DetachedLoop::Output output_of(const HttpRequest& request, const HttpResponse& response,
                               const std::string& date) {
  const WireForm form{request.head, request.http10, request.keep_alive, date, request.request_id};
  const bool has_body = !request.head && response.status != 304 && response.status != 204;
  return {serialize_head(response, form), has_body ? response.body : nullptr, 0};
}

/// Nothing that is thrown about one connection may end the thread, and the process with it.
template <typename Action>
void guarded(Action&& action) {
  try {
    action();
  } catch (const std::exception& e) {
    spdlog::debug("a connection ended: {}", e.what());
  }
}

}  // namespace

std::string http_date() {
  struct Cached {
    std::time_t second{0};
    std::string text;
  };
  thread_local Cached cached;
  const auto now = std::time(nullptr);
  if (now != cached.second) {
    cached.second = now;
    cached.text = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(now));
  }
  return cached.text;
}

/// Pistache's transport with three more descriptors. They cannot be a handler of their own: this
/// release routes every event to the reactor's first handler.
class ReactorThread::Transport final : public Pistache::Tcp::Transport {
 public:
  Transport(const std::shared_ptr<Pistache::Tcp::Handler>& handler, ReactorThread& owner)
      : Pistache::Tcp::Transport(handler), owner_(owner) {}

  void onReady(const Pistache::Aio::FdSet& fds) override {
    std::vector<Pistache::Polling::Event> rest;
    bool posted = false;
    owner_.handler_->begin_turn();
    for (const auto& entry : fds) {
      const auto fd = static_cast<int>(entry.getTag().value());
      if (fd == owner_.listen_fd_) {
        guarded([&] { owner_.accept_all(); });
      } else if (fd == owner_.timer_.get()) {
        drain(fd);
        guarded([&] { owner_.sweep(); });
      } else if (fd == owner_.wake_.get()) {
        drain(fd);
        posted = true;
      } else {
        rest.push_back(copy_of(entry));
      }
    }
    if (!rest.empty()) pass_on(rest);
    owner_.connection_count_ = owner_.handler_->connections().size();
    // Last: a posted task may stop the reactor.
    if (posted) owner_.run_posted();
  }

  void remove(const PeerPtr& peer) { removePeer(peer); }

 private:
  static Pistache::Polling::Event copy_of(const Pistache::Aio::FdSet::Entry& entry) {
    Pistache::Polling::Event event(entry.getTag());
    if (entry.isReadable()) event.flags.setFlag(NotifyOn::Read);
    if (entry.isWritable()) event.flags.setFlag(NotifyOn::Write);
    if (entry.isHangup()) event.flags.setFlag(NotifyOn::Hangup);
    return event;
  }

  /// One by one: an exception about one connection (a reset, say) must not swallow the events of
  /// the others.
  void pass_on(const std::vector<Pistache::Polling::Event>& events) {
    for (const auto& event : events) {
      guarded([&] { Pistache::Tcp::Transport::onReady(Pistache::Aio::FdSet({event})); });
    }
  }

  ReactorThread& owner_;
};

ReactorThread::ReactorThread(int listen_fd, Requests& requests, DetachedLoop& detached,
                             Options options)
    : listen_fd_(listen_fd),
      requests_(requests),
      detached_(detached),
      options_(options),
      wake_(checked(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")),
      timer_(checked(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd")),
      dead_end_(dead_end()),
      spare_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
  // The parser is bound to the real transport first; then the guard takes its place in front.
  auto parser = std::make_shared<ParsingHandler>();
  parser->setMaxRequestSize(options_.limits.head + 2 * options_.limits.body +
                            ChunkFramer::free_framing);
  handler_ = std::make_shared<ConnectionHandler>(parser, options_.limits);
  handler_->set_sink(this);
  transport_ = std::make_shared<Transport>(parser, *this);
  transport_->init(handler_);
  reactor_ = Pistache::Aio::Reactor::create();
  reactor_->init();
  key_ = reactor_->addHandler(transport_);

  itimerspec period{};
  period.it_interval.tv_nsec = period.it_value.tv_nsec = 250'000'000;
  ::timerfd_settime(timer_.get(), 0, &period, nullptr);
}

ReactorThread::~ReactorThread() {
  stop();
}

void ReactorThread::start() {
  thread_ = std::thread([this] {
    for (const int fd : {listen_fd_, wake_.get(), timer_.get()}) {
      reactor_->registerFd(key_, fd, NotifyOn::Read, Mode::Level);
    }
    reactor_->run();
  });
}

void ReactorThread::stop_accepting() {
  post([this] {
    if (std::exchange(accepting_, false)) reactor_->removeFd(key_, listen_fd_);
  });
}

void ReactorThread::stop() {
  if (!thread_.joinable()) return;
  post([this] {
    has_ended_ = true;
    const auto connections = handler_->connections();
    for (const auto& [peer, connection] : connections) transport_->remove(peer);
    reactor_->shutdown();
  });
  thread_.join();
}

void ReactorThread::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void ReactorThread::run_posted() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (auto& task : tasks) guarded(task);
}

void ReactorThread::accept_all() {
  for (;;) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int fd = ::accept4(listen_fd_, reinterpret_cast<sockaddr*>(&address), &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EMFILE || errno == ENFILE) shed_one();
      return;
    }
    UniqueFd accepted(fd);
    if (!requests_.has_room()) continue;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    transport_->handleNewPeer(Pistache::Tcp::Peer::Create(
        accepted.release(), Pistache::Address::fromUnix(reinterpret_cast<sockaddr*>(&address))));
    connection_count_ = handler_->connections().size();
  }
}

void ReactorThread::shed_one() {
  // Without descriptors the waiting connection cannot be taken, and the level-triggered listener
  // would spin. The spare one takes it and closes it: the client sees an end, not a hang.
  spdlog::warn("out of file descriptors: a connection was closed; raise the limit (ulimit -n)");
  spare_.reset();
  const UniqueFd shed(::accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC));
  spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void ReactorThread::sweep() {
  const auto now = std::chrono::steady_clock::now();
  const auto connections = handler_->connections();
  for (const auto& [peer, connection] : connections) {
    if (connection->gone) continue;
    const auto waited = now - connection->since;
    switch (connection->phase) {
      case RequestFramer::Phase::idle:
        if (waited > options_.keep_alive_timeout) cut(peer, *connection);
        break;
      case RequestFramer::Phase::head:
        if (waited > options_.header_timeout) {
          on_refusal(peer, *connection,
                     {ErrorCode::request_timeout, "The header section took too long to come.", {}});
        }
        break;
      case RequestFramer::Phase::body:
      case RequestFramer::Phase::chunked:
        if (waited > options_.body_timeout) {
          on_refusal(peer, *connection,
                     {ErrorCode::request_timeout, "The body took too long to come.", {}});
        }
        break;
    }
  }
}

std::optional<DetachedSocket> ReactorThread::detach(const PeerPtr& peer,
                                                    ClientConnection& connection,
                                                    std::string_view rest) {
  UniqueFd own(::fcntl(peer->fd(), F_DUPFD_CLOEXEC, 0));
  if (!own) return std::nullopt;
  cut(peer, connection);
  return DetachedSocket{std::move(own), std::string(rest), this};
}

void ReactorThread::cut(const PeerPtr& peer, ClientConnection& connection) {
  connection.gone = true;
  const int fd = peer->fd();
  // Pistache keeps the number, now of a socket at its end: its next read gives 0 and it cleans up
  // by itself. The old number leaves epoll first, or a duplicate would keep its registration.
  reactor_->removeFd(key_, fd);
  ::dup3(dead_end_.get(), fd, O_CLOEXEC);
  reactor_->registerFd(key_, fd, NotifyOn::Read | NotifyOn::Shutdown, Mode::Edge);
  // Whatever Pistache has queued goes to the dead end now, not to a later owner of the number.
  transport_->flush();
}

void ReactorThread::on_request(const PeerPtr& peer, ClientConnection& connection,
                               HttpRequest request, std::string_view rest) {
  if (auto checked = check_request(request); !checked) {
    const auto refusal = problem(checked.error(), request.path, request.request_id);
    requests_.on_refused(request, refusal.status);
    send(peer, connection, request, refusal, rest);
    return;
  }
  auto response = requests_.on_request(request, [&] { return detach(peer, connection, rest); });
  if (response) send(peer, connection, request, *response, rest);
}

void ReactorThread::send(const PeerPtr& peer, ClientConnection& connection,
                         const HttpRequest& request, const HttpResponse& response,
                         std::string_view rest) {
  auto output = output_of(request, response, http_date());
  const bool alive = DetachedLoop::send_some(peer->fd(), output);
  if (alive && output.done() && request.keep_alive) return;
  auto socket = alive ? detach(peer, connection, rest) : std::nullopt;
  if (!socket) {
    cut(peer, connection);
  } else if (output.done()) {
    detached_.linger(std::move(socket->fd));
  } else {
    answer_rest(std::move(*socket), std::move(output), request.keep_alive, detached_);
  }
}

void ReactorThread::answer_rest(DetachedSocket socket, DetachedLoop::Output output, bool keep_alive,
                                DetachedLoop& detached) {
  auto* home = socket.home;
  detached.write(std::move(socket.fd), std::move(output),
                 [home, keep_alive, &detached, unread = std::move(socket.unread)](UniqueFd fd) {
                   if (keep_alive) {
                     home->adopt({std::move(fd), unread, home});
                   } else {
                     detached.linger(std::move(fd));
                   }
                 });
}

void ReactorThread::answer(DetachedSocket socket, const HttpRequest& request,
                           const HttpResponse& response, DetachedLoop& detached) {
  auto output = output_of(request, response, http_date());
  if (!DetachedLoop::send_some(socket.fd.get(), output)) return;
  if (!output.done()) {
    answer_rest(std::move(socket), std::move(output), request.keep_alive, detached);
  } else if (request.keep_alive) {
    auto* home = socket.home;
    home->adopt(std::move(socket));
  } else {
    detached.linger(std::move(socket.fd));
  }
}

void ReactorThread::adopt(DetachedSocket socket) {
  auto shared = std::make_shared<DetachedSocket>(std::move(socket));
  post([this, shared] {
    // One that comes back after all were closed would stay open, and its client wait.
    if (has_ended_) return;
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(shared->fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return;
    auto peer = Pistache::Tcp::Peer::Create(
        shared->fd.release(), Pistache::Address::fromUnix(reinterpret_cast<sockaddr*>(&address)));
    transport_->handleNewPeer(peer);
    if (!shared->unread.empty()) {
      handler_->onInput(shared->unread.data(), shared->unread.size(), peer);
    }
  });
}

void ReactorThread::on_refusal(const PeerPtr& peer, ClientConnection& connection,
                               const Error& error) {
  HttpRequest request;
  request.keep_alive = false;
  request.request_id = new_request_id();
  request.remote = peer->address().host();
  request.method = connection.framer.head().method;
  const auto& target = connection.framer.head().target;
  request.path = path_of(target);
  const auto answer = problem(error, target.empty() ? "/" : target, request.request_id);
  requests_.on_refused(request, answer.status);
  auto output = output_of(request, answer, http_date());
  const bool alive = DetachedLoop::send_some(peer->fd(), output);
  auto socket = alive ? detach(peer, connection, {}) : std::nullopt;
  if (!socket) {
    cut(peer, connection);
  } else if (output.done()) {
    detached_.linger(std::move(socket->fd));
  } else {
    answer_rest(std::move(*socket), std::move(output), false, detached_);
  }
}

void ReactorThread::on_yield(const PeerPtr& peer, ClientConnection& connection,
                             std::string_view rest) {
  auto socket = detach(peer, connection, rest);
  if (socket) {
    adopt(std::move(*socket));
  } else {
    cut(peer, connection);
  }
}

void ReactorThread::on_continue(const PeerPtr& peer) {
  static constexpr std::string_view word = "HTTP/1.1 100 Continue\r\n\r\n";
  ::send(peer->fd(), word.data(), word.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace pm
