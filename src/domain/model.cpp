#include "domain/model.h"

#include <array>
#include <string_view>

namespace pm {
namespace {

/// The value whose wire name the text is.
template <typename Enum, std::size_t N>
Expected<Enum> named(const std::array<Enum, N>& values, std::string_view text) {
  for (const auto value : values) {
    if (text == to_string(value)) return value;
  }
  return fail(ErrorCode::out_of_bounds, "\"" + std::string(text) + "\" is not a known name.");
}

}  // namespace

const char* to_string(HealthStatus status) {
  switch (status) {
    case HealthStatus::healthy:
      return "healthy";
    case HealthStatus::unhealthy:
      return "unhealthy";
    case HealthStatus::unknown:
      break;
  }
  return "unknown";
}

const char* to_string(MoveState state) {
  switch (state) {
    case MoveState::planned:
      return "planned";
    case MoveState::pending:
      return "pending";
    case MoveState::committed:
      return "committed";
    case MoveState::rolled_back:
      break;
  }
  return "rolled_back";
}

Expected<MoveState> move_state_from(std::string_view text) {
  return named(std::array{MoveState::planned, MoveState::pending, MoveState::committed,
                          MoveState::rolled_back},
               text);
}

const char* to_string(MovePhase phase) {
  return phase == MovePhase::requested ? "requested" : "accepted";
}

Expected<MovePhase> move_phase_from(std::string_view text) {
  return named(std::array{MovePhase::requested, MovePhase::accepted}, text);
}

const char* to_string(ConflictType type) {
  switch (type) {
    case ConflictType::duplicate_assignment:
      return "duplicate_assignment";
    case ConflictType::system_conflict:
      return "system_conflict";
    case ConflictType::reserved_port:
      return "reserved_port";
    case ConflictType::drift:
      return "drift";
    case ConflictType::out_of_range:
      return "out_of_range";
    case ConflictType::ephemeral_overlap:
      break;
  }
  return "ephemeral_overlap";
}

Expected<ConflictType> conflict_type_from(std::string_view text) {
  return named(all_conflict_types, text);
}

const char* severity_of(ConflictType type) {
  switch (type) {
    case ConflictType::system_conflict:
      return "critical";
    case ConflictType::duplicate_assignment:
      return "high";
    case ConflictType::reserved_port:
    case ConflictType::drift:
      return "medium";
    case ConflictType::out_of_range:
    case ConflictType::ephemeral_overlap:
      break;
  }
  return "low";
}

const char* to_string(HistoryAction action) {
  switch (action) {
    case HistoryAction::assign:
      return "assign";
    case HistoryAction::release:
      return "release";
    case HistoryAction::reassign:
      return "reassign";
    case HistoryAction::import:
      return "import";
    case HistoryAction::restore:
      return "restore";
    case HistoryAction::reset:
      return "reset";
    case HistoryAction::move_failed:
      break;
  }
  return "move_failed";
}

Expected<HistoryAction> history_action_from(std::string_view text) {
  return named(std::array{HistoryAction::assign, HistoryAction::release, HistoryAction::reassign,
                          HistoryAction::import, HistoryAction::restore, HistoryAction::reset,
                          HistoryAction::move_failed},
               text);
}

}  // namespace pm
