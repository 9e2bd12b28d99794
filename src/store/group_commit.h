#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "store/ledger.h"

namespace pm {

/// The writer thread: takes every change that is waiting, has the ledger commit them with one disk
/// write, publishes the new state, tells the observers, then answers each caller. A change that
/// comes in meanwhile waits for the next round, so the slower the disk, the larger the groups. Work
/// aside of the registry is done between two rounds, one piece at a time.
///
/// Thread-safe: every call may come from any thread, except commit(), write_aside() and stop() from
/// an observer, which would wait for themselves.
class GroupCommit {
 public:
  /// `outside_check`: how often an idle writer looks for changes by other programs.
  GroupCommit(std::unique_ptr<Ledger> ledger, std::chrono::milliseconds outside_check);
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;
  ~GroupCommit();

  /// Waits for the answer; see Store::commit.
  Expected<Committed> commit(const ChangeContext& context, Store::Rule rule);

  /// Waits until the work is done; see Ledger::write_aside. Commits wait for it meanwhile, so it
  /// should take a few milliseconds at most.
  Expected<bool> write_aside(AsideWork work);

  /// See Store::snapshot.
  Snapshot snapshot() const;

  /// See Store::observe. What an observer throws is logged.
  void observe(std::function<void(const CommitNotice&)> observer);

  /// Commits what is waiting, refuses what comes later with `shutting_down`, and ends the thread.
  void stop();

 private:
  struct Waiting {
    CommitRequest request;
    std::promise<Expected<Committed>> answer;
  };

  struct Aside {
    AsideWork work;
    std::promise<Expected<bool>> answer;
  };

  void run();
  std::optional<Aside> next_aside();
  void settle(std::vector<Waiting> waiting);
  Ledger::Answer commit_alone(const CommitRequest& request);
  void look_outside();
  void publish();

  const std::unique_ptr<Ledger> ledger_;  ///< the writer thread's once it runs
  const std::chrono::milliseconds outside_check_;
  std::string last_fault_;  ///< of look_outside(), so that the log says it once

  // A pointer's worth of work under a lock: std::atomic<std::shared_ptr> of GCC 12 is no faster,
  // and ThreadSanitizer cannot follow it.
  mutable std::mutex snapshot_mutex_;
  Snapshot snapshot_;

  std::mutex observers_mutex_;
  std::vector<std::function<void(const CommitNotice&)>> observers_;

  std::mutex queue_mutex_;
  std::condition_variable wake_;
  std::vector<Waiting> queue_;
  std::deque<Aside> asides_;
  bool stopping_{false};

  std::once_flag stopped_;
  std::thread writer_;  ///< last: everything above is there when it starts
};

}  // namespace pm
