#pragma once

#include <gmock/gmock.h>

#include <string>

#include "app/world.h"

namespace pm::test {

class MoveSagaTest : public testing::Test, public World {
 protected:
  void SetUp() override { have("kite", 8000); }

  Expected<MoveResult> reassign(const std::string& service_id, int to, bool force = false) {
    MoveSaga::Command command;
    command.service_id = service_id;
    if (to != 0) command.new_port = Port::clamped(to);
    command.force = force;
    return saga.reassign(context, command);
  }
  /// The move of kite from 8000 to 8005.
  MoveResult move() {
    const auto result = reassign("kite", 8005);
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(MoveResult{});
  }
  ErrorCode refusal(const std::string& service_id, int to, bool force = false) {
    const auto revision = store.snapshot()->revision();
    const auto result = reassign(service_id, to, force);
    EXPECT_FALSE(result) << service_id;
    EXPECT_EQ(store.snapshot()->revision(), revision);
    EXPECT_THAT(client.updates(), testing::IsEmpty());
    return result ? ErrorCode::internal : result.error().code;
  }
  void expect_undone(const MoveResult& result, ErrorCode code) {
    ASSERT_FALSE(result.success());
    EXPECT_EQ(result.error->code, code);
    EXPECT_EQ(result.message, result.error->message);
    EXPECT_EQ(result.revision, store.snapshot()->revision());
    EXPECT_EQ(port_of("kite"), 8000);
    EXPECT_TRUE(store.snapshot()->open_moves().empty());
    EXPECT_EQ(last_move().state, MoveState::rolled_back);
    EXPECT_EQ(last_move().outcome, result.error->message);
    EXPECT_THAT(history(), testing::ElementsAre(HistoryAction::assign, HistoryAction::move_failed));
    for (const auto& update : client.updates()) {
      EXPECT_EQ(update.heard_by, "kite") << "on port " << update.at.value();
    }
  }
  void expect_pending(MovePhase phase) {
    EXPECT_EQ(port_of("kite"), 8000);
    ASSERT_EQ(store.snapshot()->open_moves().size(), 1U);
    EXPECT_EQ(last_move().state, MoveState::pending);
    EXPECT_EQ(last_move().phase, phase);
    EXPECT_THAT(history(), testing::ElementsAre(HistoryAction::assign));
  }
  ErrorCode refusal_of_assign(const std::string& service_id, int port) {
    PortManager::AssignCommand command;
    command.service_id = service_id;
    command.port = Port::clamped(port);
    const auto assigned = ports.assign(context, command);
    return assigned ? ErrorCode::internal : assigned.error().code;
  }
  int kite_listens_on() const { return only(client.ports_of("kite")); }
};

}  // namespace pm::test
