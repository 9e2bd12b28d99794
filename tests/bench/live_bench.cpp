// Many WebSocket clients in one process:
//   live_bench PORT PATH CLIENTS [DEAF [read-at-once]]
// Connects DEAF clients that never read, whose buffers it fills with echoes of what they send, and
// CLIENTS that listen. Prints "ready" once each listener has its first message. Then, for each
// further message, one line when the last listener has it: its number and the time, in ns of
// CLOCK_MONOTONIC. The server may send the next one after that line. It ends with its standard
// input.
//
// In the field each client has a machine of its own; here all of them share one with the server. So
// that they take little of it, a message counts as there when the kernel has it for the client,
// which epoll tells. They are read, and checked to be whole and one for each client, when the last
// one is there. With read-at-once each is read as it comes, with the machine's time.

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
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
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "app/unique_fd.h"

namespace pm::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint8_t text_frame = 0x81;
// A process that sleeps in epoll_wait(2) is woken by each message, at the server's cost.
constexpr std::chrono::microseconds look_every{200};
// More than the buffers of a connection hold, and less than what the Port Manager cuts off for.
constexpr int echoes = 8;
constexpr std::size_t echo_size = 60'000;

void check(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

void send_all(int fd, const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto count = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    check(count > 0, "send");
    sent += static_cast<std::size_t>(count);
  }
}

UniqueFd connect_to(int port, const std::string& path, int receive_buffer = 0) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  check(static_cast<bool>(fd), "socket");
  if (receive_buffer > 0) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
        "connect");
  send_all(fd.get(), "GET " + path +
                         " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: "
                         "Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
                         "Sec-WebSocket-Version: 13\r\n\r\n");
  return fd;
}

/// A client that reads nothing of what it has echoed.
class Deaf {
 public:
  Deaf(int port, const std::string& path) : fd_(connect_to(port, path, 4096)) {
    // A mask of zeros leaves the text as it is.
    const std::string head{static_cast<char>(text_frame),
                           '\xfe',
                           static_cast<char>(echo_size >> 8),
                           static_cast<char>(echo_size & 0xff),
                           0,
                           0,
                           0,
                           0};
    for (int i = 0; i < echoes; ++i) send_all(fd_.get(), head + std::string(echo_size, 'x'));
  }
  bool is_heard() const {
    int unsent = 0;
    check(::ioctl(fd_.get(), SIOCOUTQ, &unsent) == 0, "SIOCOUTQ");
    return unsent == 0;
  }
  bool is_connected() const {
    tcp_info info{};
    socklen_t size = sizeof info;
    check(::getsockopt(fd_.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0, "TCP_INFO");
    return info.tcpi_state == TCP_ESTABLISHED;
  }

 private:
  UniqueFd fd_;
};

/// The messages of one connection, counted by the lengths of their frames.
class Listener {
 public:
  explicit Listener(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  /// Waits for the first message.
  void be_greeted() {
    while (!is_greeted_) {
      is_greeted_ = read() > 0;
      if (!is_greeted_) std::this_thread::sleep_for(look_every);
    }
  }
  bool has_half() const { return !pending_.empty(); }

  /// How many messages have come whole.
  std::size_t read() {
    // Not cleared: with thousands of reads that would be most of the work.
    static thread_local std::array<char, 65'536> buffer;
    const auto got = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (got <= 0) throw std::runtime_error("the server has closed a connection");
    pending_.append(buffer.data(), static_cast<std::size_t>(got));
    if (!is_open_ && !open()) return 0;
    std::size_t messages = 0;
    while (const auto size = frame_size()) {
      if (static_cast<std::uint8_t>(pending_[0]) == text_frame) ++messages;
      pending_.erase(0, size);
    }
    if (pending_.empty()) pending_.shrink_to_fit();
    return messages;
  }

 private:
  bool open() {
    const auto end = pending_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    if (!pending_.starts_with("HTTP/1.1 101")) throw std::runtime_error(pending_.substr(0, 100));
    pending_.erase(0, end + 4);
    return is_open_ = true;
  }

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
  bool is_greeted_{false};
};

class Audience {
 public:
  Audience(int port, const std::string& path, std::size_t count, bool reads_at_once)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)), reads_at_once_(reads_at_once) {
    add(STDIN_FILENO, 0, EPOLLIN);
    for (std::size_t i = 0; i < count; ++i) {
      auto& listener = listeners_.emplace_back(connect_to(port, path));
      // The handshakes are not to pile up in the server's backlog.
      if (i % 32 == 31) listener.be_greeted();
    }
    for (auto& listener : listeners_) listener.be_greeted();
    for (std::size_t i = 0; i < count; ++i) {
      add(listeners_[i].fd(), i + 1, EPOLLIN | EPOLLET);
    }
  }

  void listen() {
    std::puts("ready");
    std::fflush(stdout);
    for (std::size_t number = 1; wait_for_all(); ++number) {
      const auto now = Clock::now().time_since_epoch();
      if (!reads_at_once_) {
        for (auto& listener : listeners_) read_one(listener);
      }
      std::printf("%zu %lld\n", number,
                  static_cast<long long>(
                      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()));
      std::fflush(stdout);
    }
  }

 private:
  void add(int fd, std::uint64_t number, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = number;
    check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
  }

  static void read_one(Listener& listener) {
    if (listener.read() != 1 || listener.has_half()) {
      throw std::runtime_error("a client has not got one whole message at once");
    }
  }

  /// Until each has a message. False: the standard input has ended.
  bool wait_for_all() {
    std::array<epoll_event, 512> events{};
    for (std::size_t there = 0; there < listeners_.size();) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                     there == 0 ? -1 : 0);
      for (int i = 0; i < count; ++i) {
        const auto who = events.at(static_cast<std::size_t>(i)).data.u64;
        if (who == 0) return false;
        if (reads_at_once_) read_one(listeners_[who - 1]);
        ++there;
      }
      if (count <= 0) std::this_thread::sleep_for(look_every);
    }
    return true;
  }

  UniqueFd epoll_;
  const bool reads_at_once_;
  std::vector<Listener> listeners_;
};

void run(int port, const std::string& path, std::size_t clients, std::size_t deaf,
         bool reads_at_once) {
  std::vector<Deaf> others;
  for (std::size_t i = 0; i < deaf; ++i) others.emplace_back(port, path);
  for (const auto& each : others) {
    while (!each.is_heard()) std::this_thread::sleep_for(look_every);
  }
  Audience(port, path, clients, reads_at_once).listen();
  for (const auto& each : others) {
    if (!each.is_connected()) throw std::runtime_error("one that does not read was cut off");
  }
}

}  // namespace
}  // namespace pm::test

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: live_bench PORT PATH CLIENTS [DEAF [read-at-once]]\n", stderr);
    return 2;
  }
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  try {
    pm::test::run(std::atoi(argv[1]), argv[2], static_cast<std::size_t>(std::atoi(argv[3])),
                  argc > 4 ? static_cast<std::size_t>(std::atoi(argv[4])) : 0,
                  argc > 5 && std::string_view(argv[5]) == "read-at-once");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "live_bench: %s\n", e.what());
    return 1;
  }
  return 0;
}
