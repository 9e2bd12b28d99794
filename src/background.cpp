#include "background.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "app/auto_resolver.h"

namespace pm {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds maintenance_interval{1'000};
// A status that one check contradicts is not left in doubt for a whole interval.
constexpr milliseconds second_look_after{2'000};

}  // namespace

void Background::start() {
  threads_.emplace_back([this] { maintain(); });
  if (options_.scan_interval_ms > 0) {
    threads_.emplace_back([this] {
      parts_.watch.run([](const std::string& message) { spdlog::warn("{}", message); });
    });
  }
  if (options_.health_interval_ms > 0) threads_.emplace_back([this] { check_health(); });
  if (options_.auto_resolve != "off") threads_.emplace_back([this] { resolve_unasked(); });
}

void Background::join() {
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

ChangeContext Background::by_itself(const char* request_id, const char* reason) const {
  return {options_.self_id, reason, request_id, parts_.clock.now()};
}

void Background::maintain() {
  while (parts_.clock.pause(maintenance_interval)) {
    parts_.saga.record_unrecorded();
    parts_.holds.follow();
    const auto done =
        parts_.ports.expire_reservations(by_itself("maintenance", "Its time has come."));
    if (!done) spdlog::warn("reservations could not be expired: {}", done.error().message);
  }
}

std::vector<std::string> Background::check_round(
    const std::optional<std::vector<std::string>>& only) {
  const auto done = parts_.health.check_all(by_itself("health", "Health check."), only);
  if (!done) {
    spdlog::warn("health could not be recorded: {}", done.error().message);
    return {};
  }
  for (const auto& key : done->imposters) parts_.watch.doubt(key);
  return done->contradicted;
}

void Background::check_health() {
  const milliseconds interval{options_.health_interval_ms};
  do {
    const auto contradicted = check_round(std::nullopt);
    if (contradicted.empty()) continue;
    if (!parts_.clock.pause(std::min(second_look_after, interval))) return;
    check_round(contradicted);
  } while (parts_.clock.pause(interval));
}

void Background::resolve_unasked() {
  const auto scope = options_.auto_resolve == "all" ? ConflictResolver::Scope::all
                                                    : ConflictResolver::Scope::duplicates;
  AutoResolver resolver(parts_.store, parts_.resolver, parts_.clock, scope);
  while (parts_.clock.pause(maintenance_interval)) {
    const auto resolved = resolver.run_once();
    if (!resolved) {
      spdlog::warn("conflicts could not be resolved: {}", resolved.error().message);
      continue;
    }
    for (const auto& resolution : *resolved) {
      spdlog::info("resolved unasked success={} {}", resolution.result.success(),
                   resolution.result.message);
    }
  }
}

}  // namespace pm
