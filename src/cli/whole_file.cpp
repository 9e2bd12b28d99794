#include "cli/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

#include "app/unique_fd.h"

namespace pm {
namespace {

Refusal failed(const std::string& what, int reason) {
  return {ExitStatus::failed, what + ": " + std::generic_category().message(reason) + ".", ""};
}

bool write_all(int fd, const std::string& text) {
  for (std::size_t written = 0; written < text.size();) {
    const ssize_t count = ::write(fd, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    written += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

Answered<std::string> read_whole(std::istream& stream, const std::string& name) {
  std::ostringstream text;
  text << stream.rdbuf();
  if (stream.bad())
    return tl::unexpected(Refusal{ExitStatus::failed, "Cannot read " + name + ".", ""});
  return text.str();
}

Answered<std::string> read_whole_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return tl::unexpected(failed("Cannot read " + path.string(), errno));
  return read_whole(file, path.string());
}

Answered<void> write_whole_file(const std::filesystem::path& path, const std::string& text) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::string temporary = (folder / ("." + path.filename().string() + ".XXXXXX")).string();
  const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  const auto what = "Cannot write " + path.string();
  if (!fd) return tl::unexpected(failed(what, errno));
  struct stat present {};
  constexpr mode_t permissions = 07777;
  mode_t mode = 0644;
  if (::stat(path.c_str(), &present) == 0) {
    mode = present.st_mode & permissions;
  } else {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    mode &= ~mask;
  }
  const bool is_written = ::fchmod(fd.get(), mode) == 0 && write_all(fd.get(), text) &&
                          ::fsync(fd.get()) == 0 && ::rename(temporary.c_str(), path.c_str()) == 0;
  if (is_written) return {};
  const int reason = errno;
  ::unlink(temporary.c_str());
  return tl::unexpected(failed(what, reason));
}

}  // namespace pm
