#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "app/unique_fd.h"

namespace pm {

/// The thread that owns sockets taken out of Pistache (pistache-notes.md): whatever has to wait for
/// a client's reading, or for time, is served here, so that a reactor thread never waits for
/// anybody.
///
/// Thread-safe unless said otherwise; callbacks run on the loop's thread and must not block.
class DetachedLoop {
 public:
  using Milliseconds = std::chrono::milliseconds;
  using Time = std::chrono::steady_clock::time_point;

  /// A socket and what is done with it. It is called, and destroyed, on the loop's thread alone,
  /// save for one that comes after the loop has ended: that one is never called.
  class Session {
   public:
    explicit Session(UniqueFd fd) : fd_(std::move(fd)) {}
    virtual ~Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Bits of epoll_ctl(2).
    using Events = std::uint32_t;
    static constexpr Events over{0};
    static constexpr Events readable{EPOLLIN};
    static constexpr Events writable{EPOLLOUT};
    static constexpr Events ended{EPOLLRDHUP};  ///< the client sends no more

    /// What it waits for now (errors and hang-ups always come); `over`: it is destroyed with its
    /// socket. Asked after each of the calls below.
    virtual Events waits_for() const = 0;
    /// It is in the loop's care from now on.
    virtual void on_begin() {}
    /// What came of it, perhaps with EPOLLERR and EPOLLHUP.
    virtual void on_ready(Events events) = 0;
    /// The time at which on_time() is called, a quarter of a second later at most. Asked often.
    virtual Time deadline() const { return Time::max(); }
    virtual void on_time() {}
    /// The loop is to end: say farewell. It is cut off soon, whatever it waits for. Called once,
    /// right behind on_begin() of one that comes while the loop ends.
    virtual void on_stop() {}

    /// The loop knows what it waits for: there is nothing to refresh().
    bool is_settled() const { return waits_for() == registered_; }

   protected:
    int fd() const { return fd_.get(); }
    /// Takes the socket out of the loop's care; the session has to be over then.
    UniqueFd take_fd();

   private:
    friend class DetachedLoop;
    void leave();

    UniqueFd fd_;
    DetachedLoop* loop_{nullptr};
    int number_{-1};  ///< of the socket, also once it was taken
    Events registered_{over};
  };

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

  /// Takes the session into its care. Once the loop has ended it is destroyed at once.
  void add(std::unique_ptr<Session> session);
  /// Runs the task on the loop's thread, after the tasks and sessions that came before. False once
  /// the loop has ended: it will not run. Tasks that have not run by then are dropped.
  bool post(std::function<void()> task);
  /// To be called when a session was changed by another call than those above: it is asked anew
  /// what it waits for, and is destroyed where it is over. On the loop's thread only, and by no
  /// session about itself.
  void refresh(Session& session);

  /// Sockets in its care.
  std::size_t size() const;

  /// Bids all sessions farewell, those too that still come, gives them `grace` to end, cuts off who
  /// is left, and ends the thread. Idempotent; from one thread at a time.
  void stop(Milliseconds grace = Milliseconds{0});

 private:
  void run();
  void serve_ready();
  void run_tasks();
  void keep_time();
  /// Said once, when stop() was called.
  void say_farewell();
  /// True: nobody is left, or their time is over; nothing is taken any more.
  bool ends_now();
  void begin(std::unique_ptr<Session> session);
  template <typename Call>
  void call(int fd, Call&& action);
  template <typename Choice, typename Call>
  void call_all(Choice&& choice, Call&& action);
  /// Has epoll wait for what the session waits for. False: the session is over.
  bool settle(Session& session);
  void count_sessions();
  void wake();

  const Milliseconds stall_;
  UniqueFd epoll_;
  UniqueFd wake_;
  mutable std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
  bool stopping_{false};
  bool has_ended_{false};
  Milliseconds grace_{0};
  std::size_t incoming_{0};  ///< sessions among the tasks
  std::size_t count_{0};
  // Of the thread alone.
  std::unordered_map<int, std::unique_ptr<Session>> sessions_;
  Time next_tick_{};
  Time end_{Time::max()};  ///< when who is left is cut off
  std::thread thread_;
};

}  // namespace pm
