#pragma once

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/strict_json.h"
#include "support/test_socket.h"

namespace pm::test {

/// Hub or Ninja on 127.0.0.1, in this process: one thread that does with each request what the
/// script says, and writes it down. Thread-safe.
class ScriptedUpstream {
 public:
  struct Request {
    std::string method;
    std::string path;
    std::string head;
    Json body;
  };
  struct Reply {
    int status{200};
    std::string body{"{\"success\":true}"};
    std::string header{};  ///< "Retry-After: 7"
    bool stall{false};     ///< no answer, until the caller or the server ends
    bool close{false};     ///< no answer, and the connection is closed
  };
  using Script = std::function<Reply(const Request&)>;

  /// `port` 0: a free one.
  explicit ScriptedUpstream(Script script = {}, int port = 0)
      : script_(std::move(script)), listener_(listen_on("127.0.0.1", port, 256)) {
    server_ = std::thread([this] { serve(); });
  }
  ScriptedUpstream(const ScriptedUpstream&) = delete;
  ScriptedUpstream& operator=(const ScriptedUpstream&) = delete;
  ~ScriptedUpstream() {
    const std::uint64_t one = 1;
    static_cast<void>(::write(wake_, &one, sizeof one));
    server_.join();
    ::close(wake_);
  }

  int port() const { return listener_.port(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }

  void set_script(Script script) {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }
  void answer_all(Reply reply) {
    set_script([reply](const Request&) { return reply; });
  }
  /// In the order in which they came.
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::vector<Request> requests(const std::string& path) const {
    std::vector<Request> found;
    for (auto& request : requests()) {
      if (request.path == path) found.push_back(std::move(request));
    }
    return found;
  }
  std::size_t count(const std::string& path) const { return requests(path).size(); }
  /// Of requests that were open at the same time, the most.
  std::size_t peak() const {
    const std::lock_guard lock(mutex_);
    return peak_;
  }

 private:
  struct Visitor {
    TestSocket socket;
    std::string text{};
    bool stalled{false};
  };

  void serve() {
    std::list<Visitor> visitors;
    while (true) {
      std::vector<pollfd> polled = {{wake_, POLLIN, 0}, {listener_.fd(), POLLIN, 0}};
      for (const auto& visitor : visitors) polled.push_back({visitor.socket.fd(), POLLIN, 0});
      ::poll(polled.data(), polled.size(), -1);
      if (polled[0].revents != 0) return;
      auto at = polled.begin() + 2;
      for (auto visitor = visitors.begin(); at != polled.end(); ++at) {
        visitor =
            at->revents == 0 || listen_to(*visitor) ? std::next(visitor) : visitors.erase(visitor);
      }
      if (polled[1].revents != 0) visitors.push_back({listener_.accept()});
      const std::lock_guard lock(mutex_);
      peak_ = std::max(peak_, visitors.size());
    }
  }

  /// False when it is done with the visitor.
  bool listen_to(Visitor& visitor) {
    std::array<char, 16384> chunk{};
    const auto size = ::recv(visitor.socket.fd(), chunk.data(), chunk.size(), 0);
    if (size <= 0) return false;
    visitor.text.append(chunk.data(), static_cast<std::size_t>(size));
    const auto request = whole_request(visitor.text);
    if (!request || visitor.stalled) return true;
    const auto reply = take(*request);
    visitor.stalled = reply.stall;
    if (!reply.stall && !reply.close) send(visitor, reply);
    return reply.stall;
  }

  Reply take(const Request& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    return script_ ? script_(request) : Reply{};
  }

  static void send(const Visitor& visitor, const Reply& reply) {
    const auto text = "HTTP/1.1 " + std::to_string(reply.status) + " Said\r\n" +
                      (reply.header.empty() ? "" : reply.header + "\r\n") +
                      "Connection: close\r\nContent-Length: " + std::to_string(reply.body.size()) +
                      "\r\n\r\n" + reply.body;
    static_cast<void>(::send(visitor.socket.fd(), text.data(), text.size(), MSG_NOSIGNAL));
  }

  static std::optional<Request> whole_request(const std::string& text) {
    const auto end = text.find("\r\n\r\n");
    if (end == std::string::npos) return std::nullopt;
    const std::string name = "Content-Length: ";
    std::size_t length = 0;
    if (const auto at = text.find(name); at < end) {
      std::from_chars(text.data() + at + name.size(), text.data() + end, length);
    }
    if (text.size() < end + 4 + length) return std::nullopt;
    Request request;
    request.head = text.substr(0, end);
    request.method = text.substr(0, text.find(' '));
    const auto from = request.method.size() + 1;
    request.path = text.substr(from, text.find(' ', from) - from);
    if (length > 0) request.body = Json::parse(text.substr(end + 4));
    return request;
  }

  mutable std::mutex mutex_;
  Script script_;
  std::vector<Request> requests_;
  std::size_t peak_{0};
  TestSocket listener_;
  int wake_{::eventfd(0, EFD_CLOEXEC)};
  std::thread server_;
};

}  // namespace pm::test
