#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace pm {

/// A message as it goes over the wire, shared by all who are sent it.
struct LiveFrame {
  using Bytes = std::shared_ptr<const std::string>;

  std::int64_t revision{0};
  Bytes bytes;
  Bytes bytes_if_last;  ///< for one who is told no more of this revision; perhaps the same
  std::shared_ptr<const std::vector<std::string>> services;  ///< whom it is about

  /// What it takes of memory.
  std::size_t size() const {
    return bytes->size() + (bytes_if_last == bytes ? 0 : bytes_if_last->size());
  }
};

/// The newest messages, for clients that come back. Each has a position, one higher than that of
/// the message before it, by which a client reads on at its own speed while others are added and
/// the oldest are dropped. Not thread-safe.
class ReplayBuffer {
 public:
  using Position = std::uint64_t;

  struct Bounds {
    std::size_t messages{16'384};
    std::size_t bytes{8 * 1024 * 1024};
  };

  explicit ReplayBuffer(Bounds bounds) : bounds_(bounds) {}

  /// Nothing is known of what came up to that revision.
  void begin_after(std::int64_t revision) { complete_since_ = revision; }
  /// In revision order. What the bounds have no room for is dropped, oldest first, a whole
  /// revision at a time.
  void add(LiveFrame frame);

  /// It knows all that came after the revision.
  bool reaches(std::int64_t revision) const { return revision >= complete_since_; }
  /// Of the first message after the revision; end() without one.
  Position first_after(std::int64_t revision) const;
  /// Behind the newest.
  Position end() const { return dropped_ + frames_.size(); }
  /// False: it was there and is dropped.
  bool holds(Position position) const { return position >= dropped_; }
  /// The message at a position that is held and before the end.
  const LiveFrame& at(Position position) const { return frames_[position - dropped_]; }

 private:
  const Bounds bounds_;
  std::deque<LiveFrame> frames_;
  std::size_t bytes_{0};
  Position dropped_{0};
  std::int64_t complete_since_{0};
};

}  // namespace pm
