#pragma once

#include <chrono>
#include <string>

#include "app/unique_fd.h"
#include "domain/error.h"

namespace pm {

/// systemd, where it started the program: sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3).
/// Where it did not, there is nobody to tell, no socket and no watchdog. Thread-safe once built.
class ServiceManager {
 public:
  /// Reads what systemd has put into the environment, and takes it out so that it is not taken for
  /// another's: to be built before there are threads.
  ServiceManager();

  /// The socket of portmanager.socket, empty without one. out_of_bounds when there are several.
  Expected<UniqueFd> take_socket();

  /// The server serves; `status` is what systemctl(1) shows.
  void ready(const std::string& status) const;
  void stopping() const;
  /// The server still serves. Wanted again and again within watchdog(); else systemd ends it.
  void alive() const;
  /// Zero: nobody watches.
  std::chrono::microseconds watchdog() const { return watchdog_; }

 private:
  int socket_count_{0};
  std::chrono::microseconds watchdog_{0};
};

}  // namespace pm
