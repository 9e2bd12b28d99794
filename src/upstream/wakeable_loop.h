#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace pm {

/// A thread that does a step, and again when the time is up that the step asked for, or when it is
/// notified. A notification during a step is not lost: the next one follows at once. Thread-safe,
/// but for start() and join().
class WakeableLoop {
 public:
  /// Answers how long it may be until the next one.
  using Step = std::function<std::chrono::milliseconds()>;

  WakeableLoop() = default;
  WakeableLoop(const WakeableLoop&) = delete;
  WakeableLoop& operator=(const WakeableLoop&) = delete;
  ~WakeableLoop();

  /// `last`, when there is one, is done on the thread once it is to end, even when no step was.
  void start(Step step, std::function<void()> last = {});
  /// Cheap: a lock that is never held for long, and at most one wake-up.
  void notify();
  /// No step begins any more; one under way is not interrupted. Also before start().
  void stop();
  /// Waits for the end; stop() comes first.
  void join();

 private:
  void run(const Step& step);
  bool wait(std::chrono::milliseconds longest);

  std::mutex mutex_;
  std::condition_variable wake_;
  bool notified_{false};
  bool stopping_{false};
  std::thread thread_;
};

}  // namespace pm
