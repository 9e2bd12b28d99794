#pragma once

#include "cli/top_model.h"

namespace pm::test {

/// alpha drifts, beta is unhealthy, delta is fine, gamma has no port.
inline TopData small_suite() {
  TopData data;
  data.health = Json::parse(R"({"version": "1.2.3", "uptime": 7200, "revision": 41, "conflicts": 1,
    "statistics": {"available_ports": 997, "reserved_ports": 2, "port_range": [8000, 9000]}})");
  data.services = Json::parse(R"({"services": [
    {"service_id": "alpha", "port": 8004, "status": "healthy"},
    {"service_id": "beta", "port": 8003, "status": "unknown"},
    {"service_id": "delta", "port": 8002, "status": "healthy"},
    {"service_id": "gamma", "port": null, "status": "unknown"}]})");
  data.statuses = Json::parse(R"({"total": 4, "healthy": 2, "unhealthy": 1, "statuses": [
    {"service_id": "beta", "status": "unhealthy", "last_checked": "2026-03-01T09:30:00.5Z",
     "detail": "No answer."}]})");
  data.conflicts = Json::parse(R"({"conflicts": [{"type": "drift", "service": "alpha"}]})");
  return data;
}

}  // namespace pm::test
