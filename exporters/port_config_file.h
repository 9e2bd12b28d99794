#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

#include "app/clock.h"
#include "app/store.h"
#include "domain/error.h"

namespace pm {

/// Keeps a port_config.json equal to the registry, from a thread of its own.
///
/// Thread-safe. A mutex guards what the callers and the thread share; it is never held while the
/// disk is at work, so notify() does not wait for the disk.
class PortConfigFile {
 public:
  /// `file` is the path of the port_config.json; `clock` tells the time that is written into it and
  /// must outlive this object.
  PortConfigFile(const std::filesystem::path& file, const Clock& clock);
  PortConfigFile(const PortConfigFile&) = delete;
  PortConfigFile& operator=(const PortConfigFile&) = delete;
  /// Writes what is still to be written, trying once, and stops the thread.
  ~PortConfigFile();

  /// Hands over a state to write; one older than another handed over is ignored. Of several that
  /// come while the disk is busy only the newest is written. The first is written at once, further
  /// ones at most every 100 ms. A failure is logged and tried again with the next state, or after a
  /// second.
  void notify(Snapshot snapshot);

  /// Waits until the newest state handed over is on the disk. False when it is not after `limit`.
  bool flush(std::chrono::milliseconds limit);

  /// Writes the state before this returns, unless the file says the same already, apart from its
  /// time. A file that is broken is first moved aside to <file>.broken-YYYYMMDD_HHMMSS, with a
  /// warning in the log. Creates the folder. For start-up: call it before the first notify().
  /// `storage_full`, `storage_failed`, or `invalid_name` when the file is a link or a folder.
  Expected<void> write_now(const Snapshot& snapshot);

 private:
  void run();
  Expected<void> write(const Registry& registry) const;
  Expected<void> move_aside(const Error& fault) const;
  void report(const Expected<void>& written);

  const std::filesystem::path folder_;
  const std::string name_;
  const Clock& clock_;

  std::mutex mutex_;
  std::condition_variable wake_;     ///< for the thread: something to write, to flush, or to stop
  std::condition_variable settled_;  ///< for flush(): a state has been written
  Snapshot pending_;
  std::int64_t newest_{0};    ///< the highest revision handed over
  std::uint64_t given_{0};    ///< how many states were handed over
  std::uint64_t written_{0};  ///< how many of them are on the disk, or overtaken by one that is
  int flushing_{0};
  bool stopping_{false};

  std::string last_failure_;  ///< touched by the thread only
  std::thread thread_;        ///< last: it uses all of the above
};

}  // namespace pm
