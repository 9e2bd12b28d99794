#include "probe/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "app/unique_fd.h"

namespace pm {

std::string read_small_file(const std::filesystem::path& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  std::array<char, 4096> text{};
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  return size <= 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(size));
}

}  // namespace pm
