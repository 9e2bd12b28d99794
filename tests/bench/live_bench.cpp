// Many WebSocket clients in one process, as cheap as they can be:
//   live_bench PORT PATH CLIENTS [DEAF]
// Connects CLIENTS that read and DEAF ones that never do, and prints "ready" once each reader has
// had its first message. Then, for each further message, one line when the last reader has it: the
// number of the message and the time, in ns of CLOCK_MONOTONIC. It ends with its standard input.

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "app/unique_fd.h"

namespace pm::test {
namespace {

constexpr std::uint8_t text_frame = 0x81;

void check(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

UniqueFd connect_to(int port, const std::string& path, bool is_deaf) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  check(static_cast<bool>(fd), "socket");
  const int small = 4096;
  if (is_deaf) ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
        "connect");
  const auto request = "GET " + path +
                       " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: "
                       "Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
                       "Sec-WebSocket-Version: 13\r\n\r\n";
  check(::send(fd.get(), request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()),
        "send");
  return fd;
}

/// The messages of one connection, counted by the lengths of their frames.
class Reader {
 public:
  explicit Reader(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }

  /// How many messages are complete now that were not before.
  int read() {
    // Not cleared: with thousands of reads that would be most of the work.
    static thread_local std::array<char, 65'536> buffer;
    const auto got = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (got <= 0) throw std::runtime_error("the server has closed a connection");
    pending_.append(buffer.data(), static_cast<std::size_t>(got));
    if (!is_open_) {
      const auto end = pending_.find("\r\n\r\n");
      if (end == std::string::npos) return 0;
      if (!pending_.starts_with("HTTP/1.1 101")) throw std::runtime_error(pending_.substr(0, 100));
      is_open_ = true;
      pending_.erase(0, end + 4);
    }
    int messages = 0;
    while (const auto size = frame_size()) {
      if (static_cast<std::uint8_t>(pending_[0]) == text_frame) ++messages;
      pending_.erase(0, size);
    }
    if (pending_.empty()) pending_.shrink_to_fit();
    return messages;
  }

  std::size_t seen{0};

 private:
  /// 0: not complete.
  std::size_t frame_size() const {
    if (pending_.size() < 2) return 0;
    const auto at = [this](std::size_t i) { return static_cast<std::uint8_t>(pending_[i]); };
    std::size_t size = at(1);
    std::size_t head = 2;
    if (size == 126) {
      if (pending_.size() < 4) return 0;
      head = 4;
      size = static_cast<std::size_t>(at(2)) << 8 | at(3);
    }
    return pending_.size() < head + size ? 0 : head + size;
  }

  UniqueFd fd_;
  std::string pending_;
  bool is_open_{false};
};

class Clients {
 public:
  Clients(int port, const std::string& path, std::size_t readers, std::size_t deaf)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)), count_(readers) {
    for (std::size_t i = 0; i < deaf; ++i) deaf_.push_back(connect_to(port, path, true));
    add(STDIN_FILENO, 0);
    for (std::size_t i = 0; i < readers; ++i) {
      readers_.emplace_back(connect_to(port, path, false));
      add(readers_.back().fd(), i + 1);
      // The handshakes are not to pile up in the server's backlog.
      if (i % 64 == 63) turn(0);
    }
  }

  void run() {
    while (turn(-1)) {
    }
  }

 private:
  void add(int fd, std::uint64_t number) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = number;
    check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
  }

  bool turn(int timeout) {
    std::array<epoll_event, 512> events{};
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
    for (int i = 0; i < count; ++i) {
      const auto number = events.at(static_cast<std::size_t>(i)).data.u64;
      if (number == 0) return false;
      auto& reader = readers_.at(number - 1);
      for (int messages = reader.read(); messages > 0; --messages) have(reader.seen++);
    }
    return true;
  }

  void have(std::size_t message) {
    if (received_.size() <= message) received_.resize(message + 1);
    if (++received_[message] < count_) return;
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    if (message == 0) {
      std::puts("ready");
    } else {
      std::printf("%zu %lld\n", message,
                  static_cast<long long>(
                      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()));
    }
    std::fflush(stdout);
  }

  UniqueFd epoll_;
  const std::size_t count_;
  std::vector<Reader> readers_;
  std::vector<UniqueFd> deaf_;
  std::vector<std::size_t> received_;
};

}  // namespace
}  // namespace pm::test

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: live_bench PORT PATH CLIENTS [DEAF]\n", stderr);
    return 2;
  }
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  try {
    pm::test::Clients clients(std::atoi(argv[1]), argv[2],
                              static_cast<std::size_t>(std::atoi(argv[3])),
                              argc > 4 ? static_cast<std::size_t>(std::atoi(argv[4])) : 0);
    clients.run();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "live_bench: %s\n", e.what());
    return 1;
  }
  return 0;
}
