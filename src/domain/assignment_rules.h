#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/draft.h"

namespace pm {

/// What must be true of a port before a service gets it, as far as the registry knows. Without
/// `force` refuses with port_taken, port_reserved or out_of_bounds, with it with forbidden when the
/// port is the Port Manager's own; with or without it refuses with move_in_progress when a move of
/// another service claims the port.
Expected<void> check_target(const Registry& registry, const PortKey& key,
                            const std::string& service_id, bool force);

/// The part of check_target that does not depend on who holds the port: out_of_bounds,
/// port_reserved. A reservation with `hold` does not stand in the way of the service that it is
/// kept for, nor, if it is kept for nobody in particular, of any that asks for the port by its
/// number.
Expected<void> check_permitted(const Registry& registry, const PortKey& key,
                               const std::string& service_id);

/// True for the Port Manager's own service id.
bool is_self(const Registry& registry, const std::string& service_id);

struct AssignRequest {
  std::string service_id;
  PortKey key;
  bool force{false};
};

/// Gives the service the port; registers the service if it is new. Assigning what it already has
/// changes nothing. Errors: those of check_target, already_assigned, move_in_progress.
Expected<Assignment> assign(Draft& draft, const AssignRequest& request);

/// Takes the service's port back. Errors: unknown_service, unknown_port (it has none), forbidden
/// (the Port Manager), move_in_progress. Answers the assignment that was.
Expected<Assignment> release(Draft& draft, const std::string& service_id);

/// Registers a service or changes what is known of it; its port is not touched. Error
/// already_assigned when it names another host than the one that the service has a port on.
Expected<void> register_service(Draft& draft, Service service);

/// Puts the Port Manager itself on the port that it serves on, if it may have it as any other
/// service may; does nothing where it has it already. Errors as of check_target.
Expected<void> enter_self(Draft& draft, const PortKey& key);

/// Announces the ports that services have now, and had not in the registry as it was before, or
/// have no more. For what another program has changed, which announces nothing.
void announce_port_changes(Draft& draft, const Registry& before);

/// Makes everything that follows from the registry's rows true again: whoever has a port is
/// registered, the oldest holder of a port is not contested, all others are, and the open conflicts
/// are those that there are under the present configuration. For start-up, when the range may have
/// changed, and for rows that another program has written.
void recheck(Draft& draft);

/// Forgets the service and gives its port back. Errors as release, without unknown_port.
Expected<void> remove_service(Draft& draft, const std::string& service_id);

struct ReserveRequest {
  std::string host{local_host};
  Protocol protocol{Protocol::tcp};
  Port lo{Port::clamped(Port::lowest)};
  Port hi{Port::clamped(Port::lowest)};
  std::string reason{};
  std::optional<Timestamp> expires_at{};
  bool hold{false};
  std::string service_id{};
};

/// Reserves every port from lo to hi. A port that is already reserved gets the new reason and
/// expiry. With `hold` the ports must be free: port_taken, move_in_progress, or port_reserved
/// unless they are held for the same service already. A held port is nobody else's to reserve:
/// port_reserved, with or without `hold`.
Expected<void> reserve(Draft& draft, const ReserveRequest& request);

/// Errors: unknown_port when the port is not reserved.
Expected<void> unreserve(Draft& draft, const PortKey& key);

/// Removes the reservations whose time has come.
void expire_reservations(Draft& draft, Timestamp now);

/// Shared by the rules of this folder: the steps of every change of a port.
namespace detail {

/// Puts the assignment, contested if the port has another holder. A reservation that held the port
/// for it has served its purpose and ends.
Assignment put_assignment(Draft& draft, const std::string& service_id, const PortKey& key);
/// Removes the assignment; the next in age becomes the holder of a contested port.
void remove_assignment(Draft& draft, const std::string& service_id);
/// Appends the port to the list of held ports (docs/concepts.md, "History").
/// Of a service that has no port any more nothing is known, whatever its last check found.
void forget_health(Draft& draft, const std::string& service_id, Port port);
void append_held(Draft& draft, const std::string& service_id, std::optional<Port> old_port,
                 Port new_port);
void append_history(Draft& draft, const std::string& service_id, const PortKey& key,
                    HistoryAction action, std::optional<Port> old_port,
                    std::optional<Port> new_port);
Error unknown_service(const std::string& service_id);
Error move_in_progress(const Move& move);
Error self_protected(const std::string& service_id);

}  // namespace detail

}  // namespace pm
