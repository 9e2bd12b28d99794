#include "http/detached_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace pm {
namespace {

constexpr std::chrono::milliseconds linger_time{2'000};
constexpr int tick_ms = 250;

UniqueFd checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return UniqueFd(fd);
}

/// Reads and forgets some. False: the other side has ended, or is gone.
bool discard_input(int fd) {
  std::array<char, 4096> buffer{};
  for (int round = 0; round < 16; ++round) {
    const auto got = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0 || (got < 0 && errno == EINTR)) continue;
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
  return true;
}

/// Sends an answer to a client that reads as it pleases.
class Writing final : public DetachedLoop::Session {
 public:
  Writing(UniqueFd fd, DetachedLoop::Output output, std::function<void(UniqueFd)> done,
          DetachedLoop::Milliseconds stall)
      : Session(std::move(fd)), output_(std::move(output)), done_(std::move(done)), stall_(stall) {}

  Events waits_for() const override { return is_over_ ? over : writable; }
  void on_begin() override { reached_ = std::chrono::steady_clock::now(); }
  void on_ready(Events /*events*/) override {
    on_begin();
    const bool alive = DetachedLoop::send_some(fd(), output_);
    is_over_ = !alive || output_.done();
    if (alive && is_over_) done_(take_fd());
  }
  DetachedLoop::Time deadline() const override { return reached_ + stall_; }
  void on_time() override { is_over_ = true; }

 private:
  DetachedLoop::Output output_;
  std::function<void(UniqueFd)> done_;
  const DetachedLoop::Milliseconds stall_;
  DetachedLoop::Time reached_;  ///< when the client was last seen to read
  bool is_over_{false};
};

/// Waits for the client to end its side.
class Lingering final : public DetachedLoop::Session {
 public:
  using Session::Session;

  Events waits_for() const override { return is_over_ ? over : readable | ended; }
  void on_ready(Events /*events*/) override { is_over_ = !discard_input(fd()); }
  DetachedLoop::Time deadline() const override { return deadline_; }
  void on_time() override { is_over_ = true; }
  void on_stop() override { is_over_ = true; }

 private:
  const DetachedLoop::Time deadline_{std::chrono::steady_clock::now() + linger_time};
  bool is_over_{false};
};

}  // namespace

DetachedLoop::DetachedLoop(Milliseconds stall)
    : stall_(stall),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(checked(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_.get();
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
  thread_ = std::thread([this] { run(); });
}

DetachedLoop::~DetachedLoop() {
  stop();
}

bool DetachedLoop::send_some(int fd, Output& output) {
  while (!output.done()) {
    std::array<iovec, 2> parts{};
    std::size_t count = 0;
    const auto add = [&](const std::string& text, std::size_t skip) {
      // sendmsg only reads what it is given; iovec has no const form.
      parts[count++] = {const_cast<char*>(text.data()) + skip, text.size() - skip};
    };
    const auto head_size = output.head.size();
    if (output.offset < head_size) add(output.head, output.offset);
    if (output.body && !output.body->empty()) {
      add(*output.body, output.offset > head_size ? output.offset - head_size : 0);
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const auto sent = ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      output.offset += static_cast<std::size_t>(sent);
    } else if (errno != EINTR) {
      return errno == EAGAIN || errno == EWOULDBLOCK;
    }
  }
  return true;
}

void DetachedLoop::write(UniqueFd fd, Output output, std::function<void(UniqueFd)> done) {
  add(std::make_unique<Writing>(std::move(fd), std::move(output), std::move(done), stall_));
}

void DetachedLoop::linger(UniqueFd fd) {
  if (::shutdown(fd.get(), SHUT_WR) != 0 || !discard_input(fd.get())) return;
  add(std::make_unique<Lingering>(std::move(fd)));
}

void DetachedLoop::add(std::unique_ptr<Session> session) {
  // std::function wants what can be copied.
  auto shared = std::make_shared<std::unique_ptr<Session>>(std::move(session));
  {
    const std::lock_guard lock(mutex_);
    if (has_ended_) return;
    ++incoming_;
    tasks_.emplace_back([this, shared] { begin(std::move(*shared)); });
  }
  wake();
}

bool DetachedLoop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (has_ended_) return false;
    tasks_.push_back(std::move(task));
  }
  wake();
  return true;
}

std::size_t DetachedLoop::size() const {
  const std::lock_guard lock(mutex_);
  return count_ + incoming_;
}

void DetachedLoop::stop(Milliseconds grace) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) grace_ = grace;
    stopping_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
}

void DetachedLoop::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void DetachedLoop::run() {
  do {
    serve_ready();
    run_tasks();
    say_farewell();
    keep_time();
    count_sessions();
  } while (!ends_now());
  sessions_.clear();
  count_sessions();
}

void DetachedLoop::serve_ready() {
  std::array<epoll_event, 256> events{};
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), tick_ms);
  for (int i = 0; i < count; ++i) {
    const auto& event = events.at(static_cast<std::size_t>(i));
    if (event.data.fd == wake_.get()) {
      std::uint64_t value = 0;
      [[maybe_unused]] const auto got = ::read(wake_.get(), &value, sizeof value);
    } else {
      call(event.data.fd, [&](Session& session) { session.on_ready(event.events); });
    }
  }
}

void DetachedLoop::run_tasks() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (auto& task : tasks) task();
}

void DetachedLoop::say_farewell() {
  if (end_ != Time::max()) return;
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) return;
    end_ = std::chrono::steady_clock::now() + grace_;
  }
  call_all([](const Session&) { return true; }, [](Session& session) { session.on_stop(); });
}

void DetachedLoop::keep_time() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_tick_) return;
  call_all([&](const Session& session) { return session.deadline() <= now; },
           [](Session& session) { session.on_time(); });
  next_tick_ = now + Milliseconds{tick_ms};
}

bool DetachedLoop::ends_now() {
  if (end_ == Time::max()) return false;
  const bool is_late = std::chrono::steady_clock::now() >= end_;
  std::vector<std::function<void()>> dropped;
  const std::lock_guard lock(mutex_);
  has_ended_ = is_late || (sessions_.empty() && tasks_.empty());
  if (has_ended_) {
    dropped.swap(tasks_);
    incoming_ = 0;
  }
  return has_ended_;
}

void DetachedLoop::begin(std::unique_ptr<Session> session) {
  auto& begun = *session;
  const int fd = begun.fd();
  begun.loop_ = this;
  begun.number_ = fd;
  sessions_.insert_or_assign(fd, std::move(session));
  {
    const std::lock_guard lock(mutex_);
    --incoming_;
    count_ = sessions_.size();
  }
  call(fd, [this](Session& each) {
    each.on_begin();
    const bool is_late = end_ != Time::max() && each.waits_for() != Session::over;
    if (is_late) each.on_stop();
  });
}

template <typename Call>
void DetachedLoop::call(int fd, Call&& action) {
  const auto found = sessions_.find(fd);
  if (found == sessions_.end()) return;
  auto& session = *found->second;
  action(session);
  if (!settle(session)) sessions_.erase(found);
}

template <typename Choice, typename Call>
void DetachedLoop::call_all(Choice&& choice, Call&& action) {
  std::vector<int> chosen;
  for (const auto& [fd, session] : sessions_) {
    if (choice(*session)) chosen.push_back(fd);
  }
  for (const int fd : chosen) call(fd, action);
}

void DetachedLoop::refresh(Session& session) {
  if (!settle(session)) sessions_.erase(session.number_);
}

bool DetachedLoop::settle(Session& session) {
  const auto wanted = session.waits_for();
  if (wanted == Session::over) {
    session.leave();
    return false;
  }
  if (wanted == session.registered_) return true;
  epoll_event event{};
  event.events = wanted;
  event.data.fd = session.fd();
  const int operation = session.registered_ == Session::over ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (::epoll_ctl(epoll_.get(), operation, session.fd(), &event) != 0) return false;
  session.registered_ = wanted;
  return true;
}

void DetachedLoop::count_sessions() {
  const std::lock_guard lock(mutex_);
  count_ = sessions_.size();
}

void DetachedLoop::Session::leave() {
  if (std::exchange(registered_, over) == over) return;
  ::epoll_ctl(loop_->epoll_.get(), EPOLL_CTL_DEL, fd_.get(), nullptr);
}

UniqueFd DetachedLoop::Session::take_fd() {
  leave();
  return std::move(fd_);
}

}  // namespace pm
