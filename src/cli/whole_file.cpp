#include "cli/whole_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

#include "files/durable_file.h"

namespace pm {
namespace {

Refusal failed(const std::string& what, int reason) {
  return {ExitStatus::failed, what + ": " + std::generic_category().message(reason) + ".", ""};
}

/// What umask leaves of 0644. It can only be read by setting it: not for two threads at once.
mode_t mode_of_new_files() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0644U & ~mask;
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
  std::error_code unseen;
  if (std::filesystem::is_directory(path, unseen)) {
    return tl::unexpected(
        Refusal{ExitStatus::failed, path.string() + " is a directory, not a file.", ""});
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return tl::unexpected(failed("Cannot read " + path.string(), errno));
  return read_whole(file, path.string());
}

Answered<void> write_whole_file(const std::filesystem::path& path, const std::string& text) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  auto written =
      StagedFile::write(folder, text, mode_of_new_files()).and_then([&](StagedFile staged) {
        return staged.publish(path.filename().string(), Existing::replace);
      });
  if (written) return {};
  return tl::unexpected(Refusal{
      ExitStatus::failed, "Cannot write " + path.string() + ": " + written.error().message, ""});
}

}  // namespace pm
