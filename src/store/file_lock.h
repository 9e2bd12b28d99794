#pragma once

#include <filesystem>

#include "domain/error.h"

namespace pm {

/// An exclusive advisory lock (flock) on a file, held as long as the object lives. The kernel lets
/// it go when the process ends, however it ends; the file itself stays. Movable, not copyable.
class FileLock {
 public:
  /// Creates the file where there is none. `storage_failed`, naming the path, when somebody else
  /// has the lock (in this process too) or the file cannot be opened. Never waits.
  static Expected<FileLock> acquire(const std::filesystem::path& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace pm
