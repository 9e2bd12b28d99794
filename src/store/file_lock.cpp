#include "store/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace pm {
namespace {

constexpr mode_t lock_file_mode = 0644;

std::string reason(int error) {
  return std::generic_category().message(error);
}

}  // namespace

Expected<FileLock> FileLock::acquire(const std::filesystem::path& path) {
  FileLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, lock_file_mode));
  if (lock.descriptor_ < 0) {
    return fail(ErrorCode::storage_failed, "Cannot open " + path.string() + ": " + reason(errno) +
                                               ". Check that the folder exists and is writable.");
  }
  if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    if (error == EWOULDBLOCK) {
      return fail(ErrorCode::storage_failed,
                  "Another Port Manager has " + path.string() +
                      " locked. Stop it, or give this one a data folder of its own.");
    }
    return fail(ErrorCode::storage_failed,
                "Cannot lock " + path.string() + ": " + reason(error) + ".");
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace pm
