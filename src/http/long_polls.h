#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <random>
#include <unordered_set>

#include "http/detached_loop.h"
#include "http/http_message.h"
#include "http/reactor_thread.h"

namespace pm {

/// The requests that wait for the registry to pass a revision, without a thread each. One is
/// released when that has happened, when its time is over (and up to a sixteenth of it more, so
/// that clients that came together do not come back together), when its client ends its side, or
/// when the loop is about to end.
///
/// Thread-safe. It outlives the loop's thread.
class LongPolls {
 public:
  /// `release` is given each released request, on the loop's thread. `revision` is the registry's,
  /// from any thread.
  LongPolls(DetachedLoop& loop, std::function<std::int64_t()> revision,
            std::function<void(DetachedSocket, HttpRequest)> release)
      : loop_(loop), revision_(std::move(revision)), release_(std::move(release)) {}

  void add(DetachedSocket socket, HttpRequest request, HttpResponse::Wait wait);
  /// The registry has a new revision, and `revision` tells it already.
  void notify();
  /// Releases all, and from now on everybody at once: the program is stopping.
  void release_all();
  std::size_t size() const { return count_; }

 private:
  class Poll;

  void release_passed();

  DetachedLoop& loop_;
  std::function<std::int64_t()> revision_;
  std::function<void(DetachedSocket, HttpRequest)> release_;
  std::atomic<std::size_t> count_{0};
  std::atomic<bool> stopping_{false};
  // Of the loop's thread alone.
  std::unordered_set<Poll*> polls_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace pm
