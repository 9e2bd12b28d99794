#include "domain/model.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace pm {
namespace {

template <typename Enum, typename Parse>
void expect_names(const std::vector<std::pair<Enum, std::string>>& names, const Parse& parse) {
  for (const auto& [value, name] : names) {
    EXPECT_EQ(to_string(value), name);
    const auto parsed = parse(name);
    ASSERT_TRUE(parsed) << name;
    EXPECT_EQ(*parsed, value) << name;
  }
  for (const std::string wrong : {"", "nothing", "Pending", "assign ", " tcp"}) {
    const auto parsed = parse(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().code, ErrorCode::out_of_bounds);
    EXPECT_NE(parsed.error().message.find('"' + wrong + '"'), std::string::npos);
  }
}

TEST(Model, MoveStateNames) {
  expect_names<MoveState>({{MoveState::planned, "planned"},
                           {MoveState::pending, "pending"},
                           {MoveState::committed, "committed"},
                           {MoveState::rolled_back, "rolled_back"}},
                          move_state_from);
}

TEST(Model, MovePhaseNames) {
  expect_names<MovePhase>({{MovePhase::requested, "requested"}, {MovePhase::accepted, "accepted"}},
                          move_phase_from);
}

TEST(Model, ConflictTypeNames) {
  expect_names<ConflictType>({{ConflictType::duplicate_assignment, "duplicate_assignment"},
                              {ConflictType::system_conflict, "system_conflict"},
                              {ConflictType::reserved_port, "reserved_port"},
                              {ConflictType::drift, "drift"},
                              {ConflictType::out_of_range, "out_of_range"},
                              {ConflictType::ephemeral_overlap, "ephemeral_overlap"}},
                             conflict_type_from);
}

TEST(Model, HistoryActionNames) {
  expect_names<HistoryAction>({{HistoryAction::assign, "assign"},
                               {HistoryAction::release, "release"},
                               {HistoryAction::reassign, "reassign"},
                               {HistoryAction::import, "import"},
                               {HistoryAction::restore, "restore"},
                               {HistoryAction::reset, "reset"},
                               {HistoryAction::move_failed, "move_failed"}},
                              history_action_from);
}

TEST(Model, HealthStatusNames) {
  EXPECT_STREQ(to_string(HealthStatus::unknown), "unknown");
  EXPECT_STREQ(to_string(HealthStatus::healthy), "healthy");
  EXPECT_STREQ(to_string(HealthStatus::unhealthy), "unhealthy");
}

TEST(Model, Severities) {
  EXPECT_STREQ(severity_of(ConflictType::system_conflict), "critical");
  EXPECT_STREQ(severity_of(ConflictType::duplicate_assignment), "high");
  EXPECT_STREQ(severity_of(ConflictType::reserved_port), "medium");
  EXPECT_STREQ(severity_of(ConflictType::drift), "medium");
  EXPECT_STREQ(severity_of(ConflictType::out_of_range), "low");
  EXPECT_STREQ(severity_of(ConflictType::ephemeral_overlap), "low");
}

TEST(Model, TargetOfAMoveIsOnItsOwnHostAndProtocol) {
  Move move;
  move.from = {"db.example", Protocol::udp, Port::clamped(8000)};
  move.to = Port::clamped(8001);
  EXPECT_EQ(move.target(), (PortKey{"db.example", Protocol::udp, Port::clamped(8001)}));
}

}  // namespace
}  // namespace pm
