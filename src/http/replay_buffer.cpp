#include "http/replay_buffer.h"

#include <algorithm>

namespace pm {

void ReplayBuffer::add(LiveFrame frame) {
  bytes_ += frame.size();
  frames_.push_back(std::move(frame));
  while (frames_.size() > bounds_.messages || bytes_ > bounds_.bytes) {
    complete_since_ = frames_.front().revision;
    while (!frames_.empty() && frames_.front().revision == complete_since_) {
      bytes_ -= frames_.front().size();
      frames_.pop_front();
      ++dropped_;
    }
  }
}

ReplayBuffer::Position ReplayBuffer::first_after(std::int64_t revision) const {
  const auto first =
      std::partition_point(frames_.begin(), frames_.end(),
                           [&](const LiveFrame& frame) { return frame.revision <= revision; });
  return dropped_ + static_cast<Position>(first - frames_.begin());
}

}  // namespace pm
