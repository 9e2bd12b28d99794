#pragma once

#include <algorithm>
#include <stdexcept>

#include "app/rfc3339.h"
#include "cli/doctor_checks.h"

namespace pm::test {

/// What is found where nothing is wrong.
inline DoctorFacts healthy_facts() {
  DoctorFacts facts;
  facts.now = *from_rfc3339("2026-03-01T09:30:00Z");
  facts.server_time = facts.now;
  facts.program_version = "1.2.3";
  facts.url = "http://127.0.0.1:8100";
  facts.health = Json::parse(R"({"version": "1.2.3", "uptime": 7200,
    "components": {"kernel": {"listeners": 9, "without_owner": 0, "advice": null}},
    "statistics": {"available_ports": 900, "port_range": [8000, 9000]},
    "moves": {"pending": 0, "oldest_at": null},
    "ephemeral_ports": {"range": [32768, 60999], "reserved": ""},
    "serving": {"host": "127.0.0.1", "token_required": false, "open_files_limit": 65536,
                "database_bytes": 4096, "wal_bytes": 4096, "free_bytes": 9000000000}})");
  facts.services = Json::parse(R"({"services": [
    {"service_id": "alpha", "status": "healthy", "registered_at": "2026-02-01T00:00:00Z"}]})");
  facts.conflicts = Json::parse(R"({"conflicts": []})");
  facts.reserved = Json::parse(R"({"reserved": [{"port": 8050, "hold": true, "bound": true}]})");
  facts.backups = Json::parse(R"({"backups": [{"created_at": "2026-02-28T09:30:00Z"}]})");
  facts.upstream = Json::parse(R"({"upstreams": [{"target": "hub", "enabled": true,
    "state": "registered", "circuit": "closed", "backlog": {"given_up": 0}}]})");
  facts.asked_for_update_port = 1;
  facts.token_file = DoctorFacts::File{"/etc/token", 0600, 0};
  facts.data_dir = "/data";
  facts.data_folder = DoctorFacts::File{"/data", 0750, 0};
  facts.database_file = DoctorFacts::File{"/data/portmanager.db", 0640, 0};
  return facts;
}

inline Finding finding_of(const DoctorFacts& facts, const std::string& check) {
  const auto findings = examine(facts);
  const auto found = std::find_if(findings.begin(), findings.end(),
                                  [&](const Finding& each) { return each.check == check; });
  if (found == findings.end()) throw std::runtime_error("there is no check " + check);
  return *found;
}

}  // namespace pm::test
