#include "http/worker_pool.h"

#include <system_error>

namespace pm {
namespace {

constexpr std::size_t max_waiting = 1'024;

}  // namespace

bool WorkerPool::submit(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || tasks_.size() >= max_waiting) return false;
  const bool wants_thread = idle_ <= tasks_.size() && threads_.size() < limit_;
  if (wants_thread && !add_thread() && threads_.empty()) return false;
  tasks_.push_back(std::move(task));
  wake_.notify_one();
  return true;
}

bool WorkerPool::add_thread() {
  try {
    threads_.emplace_back([this] { run(); });
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

void WorkerPool::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    wake_.wait(lock, [&] { return stopping_ || !tasks_.empty(); });
    --idle_;
    if (stopping_) return;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
}

void WorkerPool::stop() {
  std::deque<std::function<void()>> dropped;
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(tasks_);
    threads.swap(threads_);
  }
  wake_.notify_all();
  for (auto& thread : threads) thread.join();
}

}  // namespace pm
