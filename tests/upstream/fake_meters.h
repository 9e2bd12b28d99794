#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "app/process_meter.h"
#include "app/traffic.h"

namespace pm::test {

/// Says what it was told to say. Thread-safe.
class FakeProcessMeter final : public ProcessMeter {
 public:
  Expected<ProcessUsage> usage() const override {
    const std::lock_guard lock(mutex_);
    if (broken_) return fail(ErrorCode::internal, "There is no /proc.");
    return usage_;
  }
  void set(double cpu_seconds, std::int64_t resident_bytes, std::int64_t machine_bytes) {
    const std::lock_guard lock(mutex_);
    usage_.cpu_seconds = cpu_seconds;
    usage_.resident_bytes = resident_bytes;
    usage_.machine_memory_bytes = machine_bytes;
  }
  void break_down() {
    const std::lock_guard lock(mutex_);
    broken_ = true;
  }

 private:
  mutable std::mutex mutex_;
  ProcessUsage usage_;
  bool broken_{false};
};

/// Likewise.
class FakeTraffic final : public Traffic {
 public:
  std::vector<EndpointTraffic> by_endpoint() const override {
    const std::lock_guard lock(mutex_);
    return endpoints_;
  }
  std::int64_t active_connections() const override { return 6; }
  void set(std::vector<EndpointTraffic> endpoints) {
    const std::lock_guard lock(mutex_);
    endpoints_ = std::move(endpoints);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<EndpointTraffic> endpoints_;
};

}  // namespace pm::test
