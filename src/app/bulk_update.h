#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/move_saga.h"
#include "domain/plan_moves.h"

namespace pm {

/// Several moves as one request, and the plan that resolves conflicts. Blocks for as long as its
/// moves take, one after the other, each verified before the next. Thread-safe.
class BulkUpdate {
 public:
  BulkUpdate(Store& store, ServiceClient& client, PortManager& ports, PortFinder& finder,
             MoveSaga& saga, const AddressBook& addresses)
      : store_(store),
        client_(client),
        ports_(ports),
        finder_(finder),
        saga_(saga),
        addresses_(addresses) {}

  /// Checked as a whole: an error means that nobody was moved. Otherwise one result for each
  /// service, in the order given; a failed move leaves the others done, and a service that was
  /// parked on a spare port and cannot go on is taken back to where it was.
  Expected<std::vector<MoveResult>> update(
      const ChangeContext& context, const std::vector<std::pair<std::string, Port>>& updates);

  /// Resolves the open conflicts that a move can resolve: of a duplicate the holder that really
  /// listens stays, else the one that had the port first; the others, and services on reserved or
  /// out-of-range ports, go to the lowest free port of their own range. `dry_run`: the plan only.
  Expected<std::vector<MoveResult>> resolve(const ChangeContext& context, bool dry_run);
  /// The same for one service on one port. conflict-free ports are `unknown_port`.
  Expected<MoveResult> resolve_one(const ChangeContext& context, const std::string& service_id,
                                   Port current_port);

 private:
  Expected<std::vector<PortUpdate>> updates_of(
      const Registry& registry, const std::vector<std::pair<std::string, Port>>& updates) const;
  std::vector<MoveResult> run(const ChangeContext& context, const std::vector<PortUpdate>& updates,
                              const std::vector<Move>& moves);
  /// The services to move, each with why, oldest conflict first.
  std::vector<std::pair<std::string, std::string>> movers(const Registry& registry);
  std::string keeper_of(const Registry& registry, const Conflict& conflict);

  Store& store_;
  ServiceClient& client_;
  PortManager& ports_;
  PortFinder& finder_;
  MoveSaga& saga_;
  const AddressBook& addresses_;
};

}  // namespace pm
