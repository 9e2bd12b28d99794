#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "app/unique_fd.h"
#include "cli/api_client.h"
#include "cli/top_model.h"

namespace pm {

/// Asks the server for what `portmanager top` shows, on a thread of its own, so that keys are heard
/// while an answer is waited for: after each change that the server tells of, and every two
/// seconds.
class TopFeed {
 public:
  /// The client must outlive it.
  explicit TopFeed(const ApiClient& api);
  TopFeed(const TopFeed&) = delete;
  TopFeed& operator=(const TopFeed&) = delete;
  ~TopFeed();

  /// Readable when there is something to take.
  int fd() const { return news_.get(); }

  struct News {
    std::optional<TopData> data;  ///< the newest, if there is a new one
    std::vector<Json> changes;    ///< the server's messages, in order
  };
  /// What has come since the last time. From any thread.
  News take();

 private:
  void run();
  TopData fetch() const;
  void publish(std::optional<TopData> data, std::vector<Json> changes);

  const ApiClient& api_;
  UniqueFd news_;
  UniqueFd stop_;
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  News waiting_;
  std::thread thread_;
};

}  // namespace pm
