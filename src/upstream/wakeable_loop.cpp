#include "upstream/wakeable_loop.h"

#include <utility>

namespace pm {

WakeableLoop::~WakeableLoop() {
  stop();
  join();
}

void WakeableLoop::start(Step step, std::function<void()> last) {
  thread_ = std::thread([this, step = std::move(step), last = std::move(last)] {
    run(step);
    if (last) last();
  });
}

void WakeableLoop::notify() {
  const std::lock_guard lock(mutex_);
  if (notified_) return;
  notified_ = true;
  wake_.notify_one();
}

void WakeableLoop::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  wake_.notify_one();
}

void WakeableLoop::join() {
  if (thread_.joinable()) thread_.join();
}

void WakeableLoop::run(const Step& step) {
  auto longest = std::chrono::milliseconds(0);
  while (wait(longest)) longest = step();
}

bool WakeableLoop::wait(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, longest, [this] { return notified_ || stopping_; });
  notified_ = false;
  return !stopping_;
}

}  // namespace pm
