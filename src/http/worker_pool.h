#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace pm {

/// Threads for work that waits: for the disk, for a service. They are started as they are needed,
/// up to a limit, and then stay. Thread-safe.
class WorkerPool {
 public:
  explicit WorkerPool(std::size_t limit) : limit_(limit) {}
  ~WorkerPool() { stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Runs the task on one of the threads. False, and the task is dropped, once the pool has
  /// stopped, when more than 1,024 tasks wait, or when the machine gives no thread and there is
  /// none yet.
  bool submit(std::function<void()> task);
  /// Drops what has not begun, waits for what has. Idempotent.
  void stop();

 private:
  void run();
  bool add_thread();

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  std::vector<std::thread> threads_;
  std::size_t idle_{0};
  bool stopping_{false};
};

}  // namespace pm
