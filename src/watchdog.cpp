#include "watchdog.h"

#include <spdlog/spdlog.h>

namespace pm {
namespace {

using std::chrono::milliseconds;

milliseconds look_interval(const ServiceManager& manager) {
  return std::chrono::duration_cast<milliseconds>(manager.watchdog() / 3);
}

}  // namespace

void Watchdog::start() {
  if (manager_.watchdog().count() == 0) return;
  thread_ = std::thread([this] { run(); });
}

void Watchdog::join() {
  if (thread_.joinable()) thread_.join();
}

void Watchdog::run() {
  const auto interval = look_interval(manager_);
  while (clock_.pause(interval)) {
    if (is_serving()) {
      manager_.alive();
    } else {
      spdlog::error("the server does not serve: a thread has not come round within {} ms",
                    interval.count());
    }
  }
}

bool Watchdog::is_serving() {
  if (!server_.is_responsive(look_interval(manager_))) return false;
  // It returns, whatever the answer, or the writer hangs.
  const ChangeContext context{"watchdog", "Does the writer answer?", "watchdog", clock_.now()};
  const auto answered = store_.commit(context, [](Draft&) -> Expected<void> { return {}; });
  return answered || answered.error().code != ErrorCode::shutting_down;
}

}  // namespace pm
