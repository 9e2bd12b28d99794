#pragma once

#include "app/config_archive.h"
#include "app/conflict_resolver.h"
#include "app/discovery.h"
#include "app/health_checks.h"
#include "app/move_saga.h"
#include "app/port_probe.h"
#include "app/strict_json.h"
#include "domain/registry.h"

namespace pm {

/// The wire form of what the API answers (docs/api.md). Names, casing and nesting are a contract.
/// What is not known (a pid of 0, an empty text) is null.
///
/// `registry`: by it a conflict that is still open is resolvable or not.
Json to_json(const Registry& registry, const Conflict& conflict);
Json to_json(const Service& service, const Assignment* assignment, const Health* health);
/// A service of the registry with all that is known of it, another with a sentence on how to
/// register it.
Json to_json(const Registry& registry, const Discovered& found);
Json to_json(const LearnedIdentity& identity);
Json to_json(const HistoryEvent& event);
Json to_json(const Listener& listener);
Json to_json(const OpenConnection& connection);
Json to_json(const ProbeSight& sight);
Json to_json(const MoveResult& result);
Json to_json(const Resolution& resolution);
Json to_json(const HealthChecks::Status& status);
Json to_json(const BackupFile& backup);
/// `bound`: the port is held at this moment.
Json to_json(const Reservation& reservation, bool bound);
Json statistics_to_json(const Registry& registry);
/// The conflicts open now, oldest first.
Json open_conflicts_to_json(const Registry& registry);

/// A number, or null.
Json port_or_null(const std::optional<Port>& port);
Json time_or_null(const std::optional<Timestamp>& time);
Json text_or_null(const std::string& text);

}  // namespace pm
