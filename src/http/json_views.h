#pragma once

#include "app/config_archive.h"
#include "app/health_checks.h"
#include "app/move_saga.h"
#include "app/port_probe.h"
#include "app/strict_json.h"
#include "domain/registry.h"

namespace pm {

/// The wire form of what the API answers (docs/api.md). Names, casing and nesting are a contract.
Json to_json(const Conflict& conflict);
Json to_json(const Service& service, const Assignment* assignment, const Health* health);
Json to_json(const HistoryEvent& event);
Json to_json(const Listener& listener);
Json to_json(const MoveResult& result);
Json to_json(const HealthChecks::Status& status);
Json to_json(const BackupFile& backup);
Json to_json(const Reservation& reservation);
Json statistics_to_json(const Registry& registry);
/// The conflicts open now, oldest first.
Json open_conflicts_to_json(const Registry& registry);

/// A number, or null.
Json port_or_null(const std::optional<Port>& port);
Json time_or_null(const std::optional<Timestamp>& time);

}  // namespace pm
