#include "metrics/registry_families.h"

#include <gtest/gtest.h>

#include "app/world.h"
#include "metrics/read_families.h"

namespace pm::test {
namespace {

class RegistryFamilies : public testing::Test, public World {
 protected:
  double told(const std::string& name, const prometheus::Labels& labels = {}) const {
    return value(registry_families(*store.snapshot()), name, labels).value_or(-1);
  }
  void put_health(const std::string& service_id, HealthStatus status) {
    commit([&](Draft& draft) -> Expected<void> {
      draft.apply(PutHealth{service_id, Port::clamped(8000), {status, "", ManualClock::start}});
      return {};
    });
  }
};

TEST_F(RegistryFamilies, OfAnEmptyRegistryAreZero) {
  EXPECT_EQ(told("portmanager_revision"), 0);
  EXPECT_EQ(told("portmanager_assignments"), 0);
  for (const char* status : {"healthy", "unhealthy", "unknown"}) {
    EXPECT_EQ(told("portmanager_services", {{"status", status}}), 0) << status;
  }
  EXPECT_EQ(
      told("portmanager_open_conflicts", {{"type", "system_conflict"}, {"severity", "critical"}}),
      0);
  EXPECT_EQ(told("portmanager_open_moves", {{"state", "pending"}}), 0);
}

TEST_F(RegistryFamilies, ServicesGoByTheirLastCheck) {
  have("kite", 8000);
  have("web", 8001);
  Service portless;
  portless.service_id = portless.name = "portless";
  put_service(portless);
  put_health("kite", HealthStatus::healthy);
  EXPECT_EQ(told("portmanager_services", {{"status", "healthy"}}), 1);
  EXPECT_EQ(told("portmanager_services", {{"status", "unhealthy"}}), 0);
  EXPECT_EQ(told("portmanager_services", {{"status", "unknown"}}), 2);
  EXPECT_EQ(told("portmanager_assignments"), 2);
  EXPECT_EQ(told("portmanager_revision"), 4);
}

TEST_F(RegistryFamilies, ConflictsGoByTypeAndSeverity) {
  have("kite", 8000);
  have("web", 8000);
  EXPECT_EQ(
      told("portmanager_open_conflicts", {{"type", "duplicate_assignment"}, {"severity", "high"}}),
      1);
  EXPECT_EQ(told("portmanager_open_conflicts", {{"type", "drift"}, {"severity", "medium"}}), 0);
}

TEST_F(RegistryFamilies, ReservationsThatAreHeldAreToldApart) {
  reserve(8050);
  reserve(8051);
  commit([](Draft& draft) {
    return pm::reserve(draft, {.lo = Port::clamped(8052), .hi = Port::clamped(8052), .hold = true});
  });
  EXPECT_EQ(told("portmanager_reservations", {{"hold", "false"}}), 2);
  EXPECT_EQ(told("portmanager_reservations", {{"hold", "true"}}), 1);
}

TEST_F(RegistryFamilies, ARangeIsTakenByAssignmentsReservationsAndMoves) {
  have("kite", 8000);
  have("other", 9000);
  reserve(8010);
  begin("kite", 8011);
  EXPECT_EQ(told("portmanager_range_ports", {{"range", "suite"}}), 100);
  EXPECT_EQ(told("portmanager_range_ports_taken", {{"range", "suite"}}), 3);
  EXPECT_EQ(told("portmanager_range_ports", {{"range", "foundation"}}), 3);
  EXPECT_EQ(told("portmanager_range_ports_taken", {{"range", "foundation"}}), 2);
  EXPECT_EQ(told("portmanager_open_moves", {{"state", "pending"}}), 1);
  EXPECT_EQ(told("portmanager_open_moves", {{"state", "planned"}}), 0);
}

}  // namespace
}  // namespace pm::test
