#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/address_book.h"
#include "app/kernel_watch.h"
#include "app/move_saga.h"
#include "app/port_finder.h"
#include "app/service_client.h"
#include "app/store.h"

namespace pm {

/// What a resolution does about a service.
enum class ResolutionKind : std::uint8_t {
  move,        ///< to a free port of its own range
  adopt,       ///< the registry follows it to the port on which it really is
  bring_home,  ///< it is told to go back to the port that it has
};
const char* to_string(ResolutionKind kind);

/// One step of a plan, and what came of it.
struct Resolution {
  ResolutionKind kind{ResolutionKind::move};
  std::string why;  ///< a clause: "kite keeps the port"
  MoveResult result;
};

/// What the step would do: a sentence.
std::string describe(const Resolution& resolution);

/// True while some service can be moved, followed or brought home to end the conflict. Never so for
/// ephemeral_overlap (the port has to be reserved in the kernel), for what is closed, and where the
/// Port Manager is the only service concerned: it stays where it is.
bool is_resolvable(const Registry& registry, const Conflict& conflict);

/// Ends conflicts without hurting a healthy service: who really listens keeps the port, else who
/// had it first; a service that is elsewhere stays there if it may; nobody else is moved.
///
/// Conflicts that are not is_resolvable() are left alone. Blocks for as long as its moves take.
/// Thread-safe.
class ConflictResolver {
 public:
  ConflictResolver(Store& store, ServiceClient& client, PortFinder& finder, MoveSaga& saga,
                   KernelWatch& watch, const AddressBook& addresses)
      : store_(store),
        client_(client),
        finder_(finder),
        saga_(saga),
        watch_(watch),
        addresses_(addresses) {}

  enum class Scope : std::uint8_t { all, duplicates };

  /// Looks at the kernel, plans, then carries the plan out step by step, each verified before the
  /// next; one that fails leaves the others done and says why. Looks again in the end, and carries
  /// on for those that only now can be helped: a service may have several steps, but none after
  /// one that failed. `dry_run`: the first plan alone, which names the ports that would be taken.
  /// Error: the kernel or the store cannot be read.
  Expected<std::vector<Resolution>> resolve(const ChangeContext& context, Scope scope,
                                            bool dry_run);

  /// The same for one service on one port, which it leaves for another. A port on which it has no
  /// conflict is unknown_port.
  Expected<MoveResult> resolve_one(const ChangeContext& context, const std::string& service_id,
                                   Port current_port);

 private:
  struct Step;
  /// So often it is planned anew: a step that failed, or that freed a port, changes what the others
  /// can do.
  static constexpr int most_rounds = 3;
  /// Services `given_up` get no further step.
  std::vector<Step> plan(const Registry& registry, Scope scope,
                         const std::set<std::string>& given_up);
  void plan_drift(const Registry& registry, const Conflict& conflict, std::vector<Step>& steps);
  void plan_move(const Registry& registry, const std::string& service_id, const std::string& why,
                 std::vector<Step>& steps);
  /// Who else answers on the port that the service, too, listens on (each at an address of its
  /// own).
  std::optional<std::string> answers_in_its_place(const Registry& registry,
                                                  const Assignment& present);
  /// An earlier step leaves the service without the port that it has.
  static bool gives_up_port(const std::string& service_id, const std::vector<Step>& steps);
  /// The stranger is a service that an earlier step takes away.
  bool leaves_by_plan(const Conflict& conflict, const std::vector<Step>& steps) const;
  std::string keeper_of(const Registry& registry, const Conflict& conflict);
  void carry_out(const ChangeContext& context, Step& step);

  Store& store_;
  ServiceClient& client_;
  PortFinder& finder_;
  MoveSaga& saga_;
  KernelWatch& watch_;
  const AddressBook& addresses_;
};

}  // namespace pm
