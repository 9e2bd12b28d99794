#pragma once

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include "support/test_socket.h"

namespace pm::test {

/// Many services on 127.0.0.1, served by one thread: the nth answers every request with a health
/// that names it "svc-n". `delay`: how long each takes. `gate`: nobody is answered before so many
/// have asked and wait at the same time.
class ManyServices {
 public:
  explicit ManyServices(std::size_t count, std::chrono::milliseconds delay = {},
                        std::size_t gate = 0)
      : delay_(delay), gate_(gate) {
    for (std::size_t i = 0; i < count; ++i) {
      listeners_.push_back(listen_on("127.0.0.1", 0, 1024));
      ports_.push_back(listeners_.back().port());
    }
    server_ = std::thread([this] { serve(); });
  }
  ManyServices(const ManyServices&) = delete;
  ManyServices& operator=(const ManyServices&) = delete;
  ~ManyServices() {
    const std::uint64_t one = 1;
    static_cast<void>(::write(wake_, &one, sizeof one));
    server_.join();
    ::close(wake_);
  }

  const std::vector<int>& ports() const { return ports_; }
  /// How many connections are open, and how many were at the same time at most.
  std::size_t open() const { return open_; }
  std::size_t peak() const { return peak_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Visitor {
    TestSocket socket;
    std::size_t service;
    std::string request{};
    bool asked{false};
    bool answered{false};
    Clock::time_point due{};
  };

  void serve() {
    while (true) {
      auto polled = everything();
      ::poll(polled.data(), polled.size(), answer_due());
      if (polled[0].revents != 0) return;
      for (std::size_t i = 0; i < listeners_.size(); ++i) {
        if (polled[i + 1].revents != 0) visitors_.push_back({listeners_[i].accept(), i});
      }
      auto at = polled.begin() + static_cast<std::ptrdiff_t>(listeners_.size()) + 1;
      for (auto visitor = visitors_.begin(); at != polled.end(); ++at) {
        visitor =
            at->revents == 0 || listen_to(*visitor) ? std::next(visitor) : visitors_.erase(visitor);
      }
      open_ = visitors_.size();
      peak_ = std::max(peak_.load(), visitors_.size());
    }
  }

  std::vector<pollfd> everything() const {
    std::vector<pollfd> polled = {{wake_, POLLIN, 0}};
    for (const auto& listener : listeners_) polled.push_back({listener.fd(), POLLIN, 0});
    for (const auto& visitor : visitors_) polled.push_back({visitor.socket.fd(), POLLIN, 0});
    return polled;
  }

  /// False when the visitor has gone.
  bool listen_to(Visitor& visitor) {
    std::array<char, 4096> chunk{};
    const auto size = ::recv(visitor.socket.fd(), chunk.data(), chunk.size(), 0);
    if (size <= 0) return false;
    visitor.request.append(chunk.data(), static_cast<std::size_t>(size));
    if (!visitor.asked && visitor.request.ends_with("\r\n\r\n")) {
      visitor.asked = true;
      visitor.due = Clock::now() + delay_;
      if (++waiting_ >= gate_) gate_ = 0;
    }
    return true;
  }

  /// Answers those whose time has come; how long to wait for the next, -1 for ever.
  int answer_due() {
    if (gate_ > 0) return -1;
    int wait = -1;
    for (auto& visitor : visitors_) {
      if (!visitor.asked || visitor.answered) continue;
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(visitor.due - Clock::now()).count();
      if (left > 0) {
        wait = wait < 0 ? static_cast<int>(left) : std::min(wait, static_cast<int>(left));
        continue;
      }
      visitor.answered = true;
      --waiting_;
      const auto body = "{\"service_id\":\"svc-" + std::to_string(visitor.service) + "\"}";
      const auto answer =
          "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      static_cast<void>(::send(visitor.socket.fd(), answer.data(), answer.size(), MSG_NOSIGNAL));
    }
    return wait;
  }

  const std::chrono::milliseconds delay_;
  std::size_t gate_;
  std::size_t waiting_{0};
  std::vector<TestSocket> listeners_;
  std::vector<int> ports_;
  std::list<Visitor> visitors_;
  std::atomic<std::size_t> open_{0};
  std::atomic<std::size_t> peak_{0};
  int wake_{::eventfd(0, EFD_CLOEXEC)};
  std::thread server_;
};

}  // namespace pm::test
