#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/clock.h"
#include "domain/port_config.h"
#include "domain/registry.h"
#include "support/temp_folder.h"

namespace pm::test {

inline std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  EXPECT_TRUE(in.is_open()) << file;
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

class FixedClock : public Clock {
 public:
  Timestamp now() const override { return now_.load(); }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::now();
  }
  bool pause(std::chrono::milliseconds) override { return true; }
  bool stopping() const override { return false; }

 private:
  std::atomic<Timestamp> now_{Timestamp(std::chrono::seconds(1795377910))};  // 2026-11-22 20:05:10
};

inline Registry empty_registry() {
  return Registry(std::make_shared<const SuiteConfig>());
}

inline void assign(Registry& registry, const std::string& service_id, Port port,
                   const PortPlace& place = {}) {
  Service service;
  service.service_id = service_id;
  registry.apply(PutService{service});
  Assignment assignment;
  assignment.service_id = service_id;
  assignment.key = {place.host, place.protocol, port};
  assignment.sequence = registry.next_sequence();
  registry.apply(PutAssignment{assignment});
}

inline void reserve(Registry& registry, Port port, const ReservationDetails& details = {}) {
  Reservation reservation;
  reservation.reason = details.reason;
  reservation.service_id = details.service_id;
  reservation.hold = details.hold;
  reservation.key = {std::string(local_host), Protocol::tcp, port};
  reservation.sequence = registry.next_sequence();
  registry.apply(PutReservation{reservation});
}

/// The registry as an import into an empty one leaves it.
inline Registry registry_of(const PortConfig& config) {
  auto registry = empty_registry();
  for (const auto& [service_id, port] : config.port_assignments) {
    const auto place = config.assignment_places.find(service_id);
    assign(registry, service_id, port,
           place == config.assignment_places.end() ? PortPlace{} : place->second);
  }
  for (const auto& [service_id, ports] : config.port_history) {
    registry.apply(PutHeldPorts{service_id, ports});
  }
  for (const auto port : config.reserved_ports) {
    const auto details = config.reservation_details.find(port);
    reserve(registry, port,
            details == config.reservation_details.end() ? ReservationDetails{} : details->second);
  }
  registry.apply(PutUnknownMembers{config.unknown_members});
  return registry;
}

}  // namespace pm::test
