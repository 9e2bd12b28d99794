#include "service_manager.h"

#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include <system_error>

namespace pm {
namespace {

void notify(const std::string& state) {
  // The environment stays as it is: each message looks there for the socket.
  static constexpr int keep_environment = 0;
  if (const int sent = ::sd_notify(keep_environment, state.c_str()); sent < 0) {
    spdlog::warn("systemd could not be told {}: {}", state, std::generic_category().message(-sent));
  }
}

}  // namespace

ServiceManager::ServiceManager() {
  static constexpr int clear_environment = 1;
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(clear_environment, &microseconds) > 0) {
    watchdog_ = std::chrono::microseconds(microseconds);
  }
  socket_count_ = ::sd_listen_fds(clear_environment);
}

Expected<UniqueFd> ServiceManager::take_socket() {
  if (socket_count_ <= 0) return UniqueFd();
  if (socket_count_ == 1) {
    socket_count_ = 0;
    return UniqueFd(SD_LISTEN_FDS_START);
  }
  return fail(ErrorCode::out_of_bounds,
              "systemd has passed " + std::to_string(socket_count_) +
                  " sockets, and the server listens on one. Leave one ListenStream= in its socket "
                  "unit.");
}

void ServiceManager::ready(const std::string& status) const {
  notify("READY=1\nSTATUS=" + status);
}

void ServiceManager::stopping() const {
  notify("STOPPING=1");
}

void ServiceManager::alive() const {
  notify("WATCHDOG=1");
}

}  // namespace pm
