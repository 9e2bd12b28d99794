#include "files/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "app/unique_fd.h"

namespace pm {
namespace {

namespace fs = std::filesystem;

constexpr mode_t folder_mode = 0750;

Expected<void> write_all(int fd, std::string_view text, const std::string& doing) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return tl::unexpected(storage_error(errno, doing));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Expected<void> sync_folder(const fs::path& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) {
    return tl::unexpected(storage_error(errno, "Syncing the folder " + folder.string()));
  }
  return {};
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

/// 0, or the errno. A file system that cannot rename without replacing can make a second link.
int rename_keeping(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (::link(from.c_str(), to.c_str()) != 0) return errno;
  return ::unlink(from.c_str()) == 0 ? 0 : errno;
}

}  // namespace

Error storage_error(int error_number, std::string_view doing) {
  const auto cause = std::generic_category().message(error_number);
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return {ErrorCode::storage_full,
              fmt::format("{} failed: {}. Free some space and try again.", doing, cause), ""};
    case EEXIST:
      return {ErrorCode::already_exists,
              fmt::format("{} failed: the name is taken. Choose another.", doing), ""};
    default:
      return {ErrorCode::storage_failed,
              fmt::format("{} failed: {}. Check the folder, its permissions and its disk.", doing,
                          cause),
              ""};
  }
}

Expected<void> rename_durably(const fs::path& from, const fs::path& to, Existing existing) {
  const int error_number = existing == Existing::keep                ? rename_keeping(from, to)
                           : ::rename(from.c_str(), to.c_str()) == 0 ? 0
                                                                     : errno;
  if (error_number != 0) {
    return tl::unexpected(storage_error(error_number, "Writing " + to.string()));
  }
  return sync_folder(folder_of(to));
}

Expected<void> ensure_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return {};
  const auto parent = folder_of(folder);
  const auto doing = "Creating the folder " + folder.string();
  fs::create_directories(parent, error);
  if (error) return tl::unexpected(storage_error(error.value(), doing));
  if (::mkdir(folder.c_str(), folder_mode) == 0) return sync_folder(parent);
  const int refusal = errno;
  // Another thread may have been faster.
  if (refusal == EEXIST && fs::is_directory(folder, error)) return {};
  return tl::unexpected(storage_error(refusal == EEXIST ? ENOTDIR : refusal, doing));
}

Expected<StagedFile> StagedFile::write(const fs::path& folder, std::string_view text, mode_t mode) {
  auto name = (folder / ".new-XXXXXX").string();
  const auto doing = "Writing to " + folder.string();
  const UniqueFd fd(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd) return tl::unexpected(storage_error(errno, doing));
  StagedFile staged{fs::path(std::move(name))};
  if (auto written = write_all(fd.get(), text, doing); !written) {
    return tl::unexpected(std::move(written.error()));
  }
  if (::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0) {
    return tl::unexpected(storage_error(errno, doing));
  }
  return staged;
}

StagedFile::StagedFile(StagedFile&& other) noexcept
    : temporary_(std::exchange(other.temporary_, {})) {}

StagedFile::~StagedFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Expected<void> StagedFile::publish(const std::string& name, Existing existing) {
  const auto target = temporary_.parent_path() / name;
  struct stat replaced {};
  if (existing == Existing::replace && ::lstat(target.c_str(), &replaced) == 0 &&
      S_ISREG(replaced.st_mode) && ::chmod(temporary_.c_str(), replaced.st_mode & 07777) != 0) {
    return tl::unexpected(storage_error(errno, "Writing " + target.string()));
  }
  auto renamed = rename_durably(temporary_, target, existing);
  if (renamed) temporary_.clear();
  return renamed;
}

}  // namespace pm
