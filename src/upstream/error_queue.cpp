#include "upstream/error_queue.h"

#include <utility>

namespace pm {

void ErrorQueue::push(ErrorReport report) {
  const std::lock_guard lock(mutex_);
  while (!reports_.empty() && reports_.size() >= capacity_) {
    reports_.pop_front();
    ++first_id_;
    ++dropped_;
  }
  reports_.push_back(std::move(report));
}

std::optional<ErrorQueue::Waiting> ErrorQueue::front() const {
  const std::lock_guard lock(mutex_);
  if (reports_.empty()) return std::nullopt;
  return Waiting{first_id_, reports_.front(), dropped_ - dropped_told_};
}

void ErrorQueue::pop(const Waiting& sent) {
  const std::lock_guard lock(mutex_);
  dropped_told_ += sent.dropped;
  if (reports_.empty() || first_id_ != sent.id) return;
  reports_.pop_front();
  ++first_id_;
}

std::size_t ErrorQueue::size() const {
  const std::lock_guard lock(mutex_);
  return reports_.size();
}

std::uint64_t ErrorQueue::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace pm
