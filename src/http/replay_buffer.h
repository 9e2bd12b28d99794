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
  std::int64_t revision{0};
  std::shared_ptr<const std::string> bytes;
  std::shared_ptr<const std::vector<std::string>> services;  ///< whom it is about
};

/// The newest messages, for clients that come back. A revision is in it whole or not at all.
/// Not thread-safe.
class ReplayBuffer {
 public:
  struct Bounds {
    std::size_t messages{16'384};
    std::size_t bytes{8 * 1024 * 1024};
  };

  explicit ReplayBuffer(Bounds bounds) : bounds_(bounds) {}

  /// Nothing is known of what came up to that revision.
  void begin_after(std::int64_t revision) { complete_since_ = revision; }
  /// In revision order.
  void add(LiveFrame frame);
  /// All that came after the revision; `reaches` false: it no longer knows all of it.
  bool reaches(std::int64_t revision) const { return revision >= complete_since_; }
  std::vector<LiveFrame> after(std::int64_t revision) const;

 private:
  const Bounds bounds_;
  std::deque<LiveFrame> frames_;
  std::size_t bytes_{0};
  std::int64_t complete_since_{0};
};

}  // namespace pm
