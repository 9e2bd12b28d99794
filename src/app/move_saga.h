#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/address_book.h"
#include "app/clock.h"
#include "app/move_contact.h"
#include "app/port_finder.h"
#include "app/port_manager.h"
#include "app/service_client.h"
#include "app/store.h"

namespace pm {

/// What the service had to do with a move.
struct UpdateResult {
  bool contacted{false};
  bool success{false};
  bool restart_required{false};
  std::string message;
  std::optional<bool> old_port_released;  ///< unset: nobody looked
};

struct MoveResult {
  std::string service_id;
  Port old_port{Port::clamped(Port::lowest)};
  Port new_port{Port::clamped(Port::lowest)};
  std::optional<Error> error;  ///< set: nothing has changed, or it was undone
  std::string message;
  UpdateResult update;
  std::int64_t revision{0};

  bool success() const { return !error; }
};

/// Takes a running service from one port to another without losing it (docs/concepts.md, "Moving a
/// running service"). Each call blocks until the move is settled: at most the update time-out, the
/// time to come up and the time to let the old port go, twice over when it has to be undone.
/// A service with a UDP port is moved in the registry alone: no port of that number is asked
/// anything. Thread-safe.
class MoveSaga {
 public:
  using Options = MoveContact::Options;

  MoveSaga(Store& store, ServiceClient& client, PortManager& ports, PortFinder& finder,
           const AddressBook& addresses, Clock& clock, Options options)
      : store_(store),
        client_(client),
        ports_(ports),
        finder_(finder),
        clock_(clock),
        contact_(store, client, addresses, clock, options) {}

  struct Command {
    std::string service_id;
    std::optional<Port> new_port;  ///< unset: the lowest free one, the service's category first
    bool force{false};
    bool dry_run{false};
    std::optional<Port> expected_from{};  ///< set: only if the service still has this port
    /// The service was seen to listen on `new_port`: the kernel is not asked.
    bool is_there{false};
  };

  /// The error of the answer, or of MoveResult once the service was involved.
  Expected<MoveResult> reassign(const ChangeContext& context, const Command& command);

  /// Tells a service that listens on another port than its own to go to its own, and verifies it;
  /// the registry does not change. `actual`: where it is. In the result that is `old_port`. One
  /// with a UDP port cannot be told: service_unreachable.
  MoveResult bring_home(const ChangeContext& context, const std::string& service_id, Port actual);

  /// Carries out one planned move of a bulk update. When its port was not left, it is called off,
  /// and a service that an earlier step has parked on a spare port is taken back to where it was.
  /// Once the program is told to stop it is left for the next start: shutting_down.
  MoveResult run_planned(const ChangeContext& context, const Move& planned);

  struct Recovery {
    int settled{0};  ///< moves that were not final
    /// For each service that is left on the spare port of a bulk update: where it is, why, and what
    /// to do.
    std::vector<std::string> parked;
  };

  /// Settles what a crash has left: every move not final is committed or rolled back by where the
  /// service really is. A service that its bulk update had parked on a spare port is taken on to
  /// the port that it was to have, if that is free by now, else back to where it was, each verified
  /// as any other move. Call before serving. Once the program is told to stop the rest is left for
  /// the next start.
  Expected<Recovery> recover(const ChangeContext& context);

  /// Tries again to record the outcomes that could not be recorded when they were known, because
  /// the disk was full, say. Call now and then.
  void record_unrecorded();

 private:
  MoveResult carry_out(const ChangeContext& context, const Move& move);
  /// Why the service at the old port is left alone, if it is: nobody listens, somebody else does,
  /// nobody can be asked there.
  std::optional<std::string> reason_to_stay_away(const Move& move);
  MoveResult move_running(const ChangeContext& context, const Move& move);
  MoveResult commit(const ChangeContext& context, const Move& move, MoveResult result);
  MoveResult roll_back(const ChangeContext& context, const Move& move, MoveResult result,
                       Error error);
  /// What a shutdown in the middle answers: start-up settles the move.
  static MoveResult leave_pending(MoveResult result);
  /// Settles one move. A sentence when its service stays on a spare port.
  Expected<std::optional<std::string>> settle(const ChangeContext& context, const Move& move);
  /// The port from which the bulk update of that open step has taken its service to the spare port
  /// where it is; unset when it is not parked on one.
  Expected<std::optional<Port>> origin_if_parked(const ChangeContext& context, const Move& step);
  /// Calls off the step of a parked service and takes it from the spare port to the step's own
  /// port, else to `origin`. The new move begins in the commit that ends the step, so that a crash
  /// in between leaves no service there. An error says where it stays and what to do.
  MoveResult leave_spare(const ChangeContext& context, const Move& step, Port origin,
                         const std::string& outcome);
  /// Commits one step of the saga, dated now: it may be long after the request.
  Expected<Committed> commit_step(const ChangeContext& context,
                                  const std::function<Expected<Move>(Draft&)>& step);
  /// Records an outcome now, or leaves it to record_unrecorded().
  Expected<Committed> conclude(const ChangeContext& context, const Move& move, MoveState state,
                               const std::string& outcome);

  Store& store_;
  ServiceClient& client_;
  PortManager& ports_;
  PortFinder& finder_;
  Clock& clock_;
  MoveContact contact_;
  struct Unrecorded {
    ChangeContext context;
    Move move;
    MoveState state;
    std::string outcome;
  };
  std::mutex mutex_;
  std::vector<Unrecorded> unrecorded_;
};

}  // namespace pm
