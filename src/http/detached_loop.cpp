#include "http/detached_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <system_error>

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
  hand_over({std::move(fd), std::move(output), std::move(done),
             std::chrono::steady_clock::now() + stall_});
}

void DetachedLoop::linger(UniqueFd fd) {
  if (::shutdown(fd.get(), SHUT_WR) != 0 || !discard_input(fd.get())) return;
  hand_over({std::move(fd), {}, {}, std::chrono::steady_clock::now() + linger_time});
}

void DetachedLoop::hand_over(Socket socket) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    incoming_.push_back(std::move(socket));
    ++count_;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

std::size_t DetachedLoop::size() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

void DetachedLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  if (thread_.joinable()) thread_.join();
}

void DetachedLoop::run() {
  std::array<epoll_event, 64> events{};
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), tick_ms);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == wake_.get()) {
        std::uint64_t value = 0;
        [[maybe_unused]] const auto got = ::read(fd, &value, sizeof value);
        adopt_new();
      } else {
        handle(fd);
      }
    }
    drop_overdue(std::chrono::steady_clock::now());
    const std::lock_guard lock(mutex_);
    count_ = sockets_.size() + incoming_.size();
  }
  sockets_.clear();
  const std::lock_guard lock(mutex_);
  incoming_.clear();
  count_ = 0;
}

void DetachedLoop::adopt_new() {
  std::vector<Socket> fresh;
  {
    const std::lock_guard lock(mutex_);
    fresh.swap(incoming_);
  }
  for (auto& socket : fresh) {
    const int fd = socket.fd.get();
    epoll_event event{};
    event.events = socket.done ? EPOLLOUT : EPOLLIN | EPOLLRDHUP;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) {
      sockets_.insert_or_assign(fd, std::move(socket));
    }
  }
}

void DetachedLoop::handle(int fd) {
  const auto found = sockets_.find(fd);
  if (found == sockets_.end()) return;
  auto& socket = found->second;
  if (!socket.done) {
    if (!discard_input(fd)) sockets_.erase(found);
    return;
  }
  if (!send_some(fd, socket.output)) {
    sockets_.erase(found);
    return;
  }
  if (!socket.output.done()) {
    socket.deadline = std::chrono::steady_clock::now() + stall_;
    return;
  }
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  auto finished = std::move(socket);
  sockets_.erase(found);
  finished.done(std::move(finished.fd));
}

void DetachedLoop::drop_overdue(Time now) {
  std::erase_if(sockets_, [&](const auto& each) { return each.second.deadline <= now; });
}

}  // namespace pm
