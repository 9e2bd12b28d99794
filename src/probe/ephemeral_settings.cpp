#include "probe/ephemeral_settings.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace pm {
namespace {

constexpr std::size_t first_size = 512;
constexpr std::size_t largest_size = 1U << 20U;
// An entry of the list of reserved ports, "65534-65535,", with a byte to spare.
constexpr std::size_t longest_entry = 13;

/// The kernel hands out such a file in one read and cuts it off where the buffer ends. So a buffer
/// that is nearly full is not proof of the end.
bool read_whole(int file, std::string& buffer, std::size_t& size) {
  if (buffer.empty()) buffer.resize(first_size);
  while (true) {
    const ssize_t count = ::pread(file, buffer.data(), buffer.size(), 0);
    if (count < 0) return false;
    size = static_cast<std::size_t>(count);
    if (size + longest_entry < buffer.size() || buffer.size() >= largest_size) return true;
    buffer.resize(buffer.size() * 2);
  }
}

}  // namespace

EphemeralSettings::EphemeralSettings(const std::filesystem::path& folder)
    : range_{folder / "ip_local_port_range"}, reserved_{folder / "ip_local_reserved_ports"} {}

EphemeralPorts EphemeralSettings::read() {
  const std::lock_guard lock(mutex_);
  const bool range_changed = refresh(range_);
  const bool reserved_changed = refresh(reserved_);
  if (range_changed || reserved_changed) {
    auto ports = EphemeralPorts::from(range_.text, reserved_.text);
    ports_ = ports ? std::move(*ports) : EphemeralPorts{};
  }
  return ports_;
}

/// Reads the file again. True when it says something else than before.
bool EphemeralSettings::refresh(Setting& setting) {
  if (!setting.file) setting.file.reset(::open(setting.path.c_str(), O_RDONLY | O_CLOEXEC));
  std::size_t size = 0;
  if (!setting.file || !read_whole(setting.file.get(), buffer_, size)) {
    setting.file.reset();
    return !std::exchange(setting.text, {}).empty();
  }
  const std::string_view text(buffer_.data(), size);
  if (text == setting.text) return false;
  setting.text = text;
  return true;
}

}  // namespace pm
