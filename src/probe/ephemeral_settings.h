#pragma once

#include <filesystem>
#include <mutex>
#include <string>

#include "app/unique_fd.h"
#include "domain/ephemeral_ports.h"

namespace pm {

/// The kernel's settings for outgoing connections, as they are now. The files stay open, and what
/// they say is parsed only when it has changed: cheap enough to ask every time. Thread-safe.
class EphemeralSettings {
 public:
  explicit EphemeralSettings(const std::filesystem::path& folder = "/proc/sys/net/ipv4");

  /// None at all when the settings cannot be read or understood.
  EphemeralPorts read();

 private:
  struct Setting {
    std::filesystem::path path;
    UniqueFd file{};
    std::string text{};
  };
  bool refresh(Setting& setting);

  std::mutex mutex_;
  Setting range_;
  Setting reserved_;
  std::string buffer_;
  EphemeralPorts ports_;
};

}  // namespace pm
