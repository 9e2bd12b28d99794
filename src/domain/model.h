#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/listener.h"
#include "domain/port.h"
#include "domain/timestamp.h"

namespace pm {

/// Who asked for a change and when. Stored with every change.
struct ChangeContext {
  std::string actor;
  std::string reason;
  std::string request_id;
  Timestamp at;
};

/// A product of the suite. `host` is where it is contacted; unset, the configured pattern says.
struct Service {
  std::string service_id;
  std::string name;
  std::optional<std::string> host;
  std::string health_endpoint{"/health"};
  std::string process;
  std::string category;
  Timestamp registered_at;

  bool operator==(const Service&) const = default;
};

/// A service's port. At most one assignment of a key is not contested: the one that had it first.
/// `sequence` orders assignments by age, lowest oldest.
struct Assignment {
  std::string service_id;
  PortKey key;
  bool contested{false};
  std::int64_t sequence{0};
  Timestamp assigned_at;

  bool operator==(const Assignment&) const = default;
};

/// A port that nobody is given. `expires_at` unset: until it is taken back. `sequence`
/// keeps the order in which port_config.json listed them.
///
/// With `hold` the Port Manager keeps the port bound, so that no process can take it, and whoever
/// names it in an assignment or a move gets it; with a `service_id` only that service does.
struct Reservation {
  PortKey key;
  std::string reason;
  std::optional<Timestamp> expires_at;
  std::int64_t sequence{0};
  bool hold{false};
  std::string service_id{};  ///< whom it is kept for; "": for nobody in particular

  bool operator==(const Reservation&) const = default;
};

/// Where a service is, as its last check found it.
enum class HealthStatus : std::uint8_t { unknown, healthy, unhealthy };
const char* to_string(HealthStatus status);

struct Health {
  HealthStatus status{HealthStatus::unknown};
  std::string detail;
  Timestamp last_checked;

  bool operator==(const Health&) const = default;
};

/// The states of a move (the saga). `pending` claims old and new port; the others are final.
/// `planned` is a step of a bulk update that has not begun: it claims its new port. A service may
/// have several planned moves (through a spare port), but never two pending ones.
enum class MoveState : std::uint8_t { planned, pending, committed, rolled_back };
const char* to_string(MoveState state);
Expected<MoveState> move_state_from(std::string_view text);

/// How far a pending move has got; start-up decides by it. `accepted`: the service has said yes.
enum class MovePhase : std::uint8_t { requested, accepted };
const char* to_string(MovePhase phase);
Expected<MovePhase> move_phase_from(std::string_view text);

struct Move {
  std::int64_t move_id{0};
  std::string service_id;
  PortKey from;
  Port to{Port::clamped(Port::lowest)};
  MoveState state{MoveState::pending};
  MovePhase phase{MovePhase::requested};
  bool force{false};
  std::int64_t batch_id{0};  ///< the moves of one bulk update share it; 0 outside one
  std::string outcome;       ///< a sentence, once the state is final
  ChangeContext context;
  std::optional<Timestamp> finished_at;

  PortKey target() const { return {from.host, from.protocol, to}; }
};

enum class ConflictType : std::uint8_t {
  duplicate_assignment,
  system_conflict,
  reserved_port,
  drift,
  out_of_range,
  ephemeral_overlap,
};
inline constexpr std::array all_conflict_types{
    ConflictType::duplicate_assignment, ConflictType::system_conflict,
    ConflictType::reserved_port,        ConflictType::drift,
    ConflictType::out_of_range,         ConflictType::ephemeral_overlap,
};
const char* to_string(ConflictType type);
Expected<ConflictType> conflict_type_from(std::string_view text);

/// critical, high, medium or low.
const char* severity_of(ConflictType type);

/// A disagreement between what should be and what is. `services` are in the order in which they
/// got the port; one service for every type but duplicate_assignment. `listener`: of a
/// system_conflict the stranger, of a drift the service where it really is.
struct Conflict {
  std::int64_t conflict_id{0};
  ConflictType type{ConflictType::duplicate_assignment};
  PortKey key;
  std::vector<std::string> services;
  std::string detail;
  std::optional<Listener> listener{};
  Timestamp detected_at;
  std::optional<Timestamp> resolved_at;
  std::string resolution;
};

/// What happened to a service's port, as port_history keeps it.
enum class HistoryAction : std::uint8_t {
  assign,
  release,
  reassign,
  import,
  restore,
  reset,
  move_failed,
};
const char* to_string(HistoryAction action);
Expected<HistoryAction> history_action_from(std::string_view text);

struct HistoryEvent {
  std::int64_t history_id{0};
  std::string service_id;
  std::string host;
  Protocol protocol{Protocol::tcp};
  HistoryAction action{HistoryAction::assign};
  std::optional<Port> old_port;
  std::optional<Port> new_port;
  ChangeContext context;
  std::int64_t revision{0};
};

}  // namespace pm
