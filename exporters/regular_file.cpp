#include "exporters/regular_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "files/durable_file.h"

namespace pm {
namespace {

tl::unexpected<Error> refuse_kind(const std::string& name, std::string_view kind) {
  return fail(ErrorCode::invalid_name,
              fmt::format("\"{}\" is {}, not a file. Name a plain file.", name, kind));
}

tl::unexpected<Error> refuse_open(int error_number, const std::filesystem::path& folder,
                                  const std::string& name) {
  switch (error_number) {
    case ENOENT:
      return fail(ErrorCode::not_found,
                  fmt::format("There is no file \"{}\" in {}.", name, folder.string()));
    case ELOOP:
      return refuse_kind(name, "a link");
    case ENXIO:
      return refuse_kind(name, "a socket or a device");
    default:
      return tl::unexpected(storage_error(error_number, "Reading " + (folder / name).string()));
  }
}

}  // namespace

Expected<UniqueFd> open_regular_file(const std::filesystem::path& folder, const std::string& name) {
  const UniqueFd folder_fd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder_fd) return refuse_open(errno, folder, name);
  UniqueFd fd(
      ::openat(folder_fd.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return refuse_open(errno, folder, name);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return refuse_open(errno, folder, name);
  if (S_ISDIR(status.st_mode)) return refuse_kind(name, "a folder");
  if (!S_ISREG(status.st_mode)) return refuse_kind(name, "a device or a pipe");
  return fd;
}

Expected<std::string> read_regular_file(const std::filesystem::path& folder,
                                        const std::string& name) {
  const auto fd = open_regular_file(folder, name);
  if (!fd) return tl::unexpected(fd.error());
  std::string text;
  std::array<char, 65536> chunk{};
  while (true) {
    const auto count = ::read(fd->get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return refuse_open(errno, folder, name);
    if (count == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(count));
    if (text.size() > max_text_size) {
      return fail(ErrorCode::out_of_bounds,
                  fmt::format("\"{}\" has more than {} bytes; that is no port_config.json.", name,
                              max_text_size));
    }
  }
}

}  // namespace pm
