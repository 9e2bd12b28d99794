#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/unique_fd.h"

namespace pm {

/// The thread that owns sockets taken out of Pistache (pistache-notes.md): whatever has to wait for
/// a client's reading is written here, so that a reactor thread never waits for anybody.
///
/// Thread-safe; callbacks run on the loop's thread and must not block.
class DetachedLoop {
 public:
  using Milliseconds = std::chrono::milliseconds;

  /// A client that takes nothing for `stall` is cut off.
  explicit DetachedLoop(Milliseconds stall = Milliseconds{30'000});
  ~DetachedLoop();
  DetachedLoop(const DetachedLoop&) = delete;
  DetachedLoop& operator=(const DetachedLoop&) = delete;

  /// Bytes still to be sent: `head`, then the body from `offset` of both together.
  struct Output {
    std::string head;
    std::shared_ptr<const std::string> body;
    std::size_t offset{0};

    std::size_t size() const { return head.size() + (body ? body->size() : 0); }
    bool done() const { return offset >= size(); }
  };
  /// Sends what the socket takes now. False: the connection is gone.
  static bool send_some(int fd, Output& output);

  /// Sends the rest, then hands the socket to `done`. A client that goes away ends it silently.
  void write(UniqueFd fd, Output output, std::function<void(UniqueFd)> done);
  /// Ends our side and reads until the client has ended its own, for two seconds at most: closing
  /// with unread bytes would make the kernel throw away the answer that is under way.
  void linger(UniqueFd fd);
  /// Sockets in its care.
  std::size_t size() const;

  /// Cuts everybody off and ends the thread. Idempotent.
  void stop();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Socket {
    UniqueFd fd;
    Output output;
    std::function<void(UniqueFd)> done;  // empty: lingering
    Time deadline;
  };

  void run();
  void adopt_new();
  void handle(int fd);
  void drop_overdue(Time now);
  void hand_over(Socket socket);

  const Milliseconds stall_;
  UniqueFd epoll_;
  UniqueFd wake_;
  mutable std::mutex mutex_;
  std::vector<Socket> incoming_;
  bool stopping_{false};
  std::size_t count_{0};
  std::map<int, Socket> sockets_;  // of the thread alone
  std::thread thread_;
};

}  // namespace pm
