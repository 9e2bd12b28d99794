#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/move_saga.h"
#include "domain/plan_moves.h"

namespace pm {

/// Several moves as one request. Blocks for as long as its moves take, one after the other, each
/// verified before the next. Thread-safe.
class BulkUpdate {
 public:
  BulkUpdate(Store& store, PortManager& ports, PortFinder& finder, MoveSaga& saga)
      : store_(store), ports_(ports), finder_(finder), saga_(saga) {}

  /// Checked as a whole: an error means that nobody was moved. Otherwise one result for each
  /// service, in the order given; a failed move leaves the others done, and a service that was
  /// parked on a spare port and cannot go on is taken back to where it was.
  Expected<std::vector<MoveResult>> update(
      const ChangeContext& context, const std::vector<std::pair<std::string, Port>>& updates);

  /// What update() would do, as far as it can be known beforehand, or its error: one result for
  /// each service, whose message names the way. Nothing is changed and no service is asked.
  Expected<std::vector<MoveResult>> preview(
      const ChangeContext& context, const std::vector<std::pair<std::string, Port>>& updates);

 private:
  struct Plan {
    std::vector<PortUpdate> updates;
    std::vector<PlannedStep> steps;
    std::vector<PortFinder::Hold> spares;  ///< kept from others until the moves claim them
  };

  /// Checks against the registry and the kernel, and orders the moves.
  Expected<Plan> plan(const Registry& registry,
                      const std::vector<std::pair<std::string, Port>>& updates);
  Expected<void> check_targets(const std::vector<PortUpdate>& updates) const;
  Expected<std::vector<PortUpdate>> updates_of(
      const Registry& registry, const std::vector<std::pair<std::string, Port>>& updates) const;
  std::vector<MoveResult> run(const ChangeContext& context, const std::vector<PortUpdate>& updates,
                              const std::vector<Move>& moves);

  Store& store_;
  PortManager& ports_;
  PortFinder& finder_;
  MoveSaga& saga_;
};

}  // namespace pm
