#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/address_book.h"
#include "app/clock.h"
#include "app/port_finder.h"
#include "app/port_holds.h"
#include "app/port_probe.h"
#include "app/service_client.h"
#include "app/store.h"
#include "domain/assignment_rules.h"

namespace pm {

/// The use cases that change or ask the registry and need nobody else but the kernel's word.
/// Every call may block on the disk, and assign on the service that is asked who it is.
/// Thread-safe.
class PortManager {
 public:
  PortManager(Store& store, PortProbe& probe, ServiceClient& client, PortFinder& finder,
              PortHolds& holds, const AddressBook& addresses, const Clock& clock)
      : store_(store),
        probe_(probe),
        client_(client),
        finder_(finder),
        holds_(holds),
        addresses_(addresses),
        clock_(clock) {}

  /// What a caller says of a service; unset: as it is known, or the default of a new one.
  struct Registration {
    std::optional<std::string> name;
    std::optional<std::string> host;
    std::optional<std::string> health_endpoint;
    std::optional<std::string> process;
    std::optional<std::string> category;

    Service applied_to(Service known) const;
  };
  struct AssignCommand {
    std::string service_id;
    std::optional<Port> port;        ///< unset: the lowest free one
    std::optional<PortRange> range;  ///< of the automatic choice
    std::string host{local_host};
    Protocol protocol{Protocol::tcp};
    bool force{false};
    /// `port` is a preference: when it is taken, the next free one above it is given instead.
    bool preference{false};
    /// Recorded in the same commit as the port: both or neither.
    std::optional<Registration> registration;
    /// The caller says that the service runs there already: the kernel is not asked.
    bool running{false};
  };
  struct Assigned {
    Assignment assignment;
    bool changed{true};  ///< false: it had the port before
    std::int64_t revision{0};
  };
  Expected<Assigned> assign(const ChangeContext& context, const AssignCommand& command);

  struct Released {
    Assignment assignment;
    std::int64_t revision{0};
  };
  Expected<Released> release(const ChangeContext& context, const std::string& service_id);
  /// Only when the service is the holder of that port: port_taken (by somebody else) or
  /// unknown_port otherwise.
  Expected<Released> release_port(const ChangeContext& context, const std::string& service_id,
                                  const PortKey& key);

  struct ReserveCommand {
    std::string host{local_host};
    Protocol protocol{Protocol::tcp};
    Port lo{Port::clamped(Port::lowest)};
    Port hi{Port::clamped(Port::lowest)};
    std::string reason;
    std::optional<std::chrono::seconds> expires_in;
    /// Keep the ports bound (PortHolds) until a service is given them; at most longest_hold.
    bool hold{false};
    std::string service_id;  ///< with `hold`: the only service that may take them
    /// Reserve the lowest free port of this range instead of lo to hi.
    std::optional<PortRange> any_of;
  };
  static constexpr int longest_hold = 256;
  struct Reserved {
    Port lo{Port::clamped(Port::lowest)};
    Port hi{Port::clamped(Port::lowest)};
    std::int64_t revision{0};
  };
  Expected<Reserved> reserve(const ChangeContext& context, const ReserveCommand& command);
  Expected<Committed> unreserve(const ChangeContext& context, const PortKey& key);
  /// Removes expired reservations. Called now and then; commits only when there are any.
  Expected<Committed> expire_reservations(const ChangeContext& context);

  Expected<Committed> remove_service(const ChangeContext& context, const std::string& service_id);

  struct Availability {
    bool available{false};
    std::string reason;  ///< when not: a sentence
  };
  /// Would a service get the port now, if it asked for it?
  Availability availability(const PortKey& key);
  /// How much longer an automatic choice passes over the port, because it was given up a moment
  /// ago.
  std::chrono::milliseconds rest_of(const PortKey& key) const {
    return finder_.rest_of(*store_.snapshot(), key);
  }
  PortUse use(const PortKey& key) { return probe_.use(key); }
  EphemeralPorts ephemeral() { return probe_.ephemeral(); }
  ProbeSight sight() const { return probe_.sight(); }
  /// The port is bound by this program, for a reservation with `hold`.
  bool holds(const PortKey& key) const { return holds_.has(key); }
  /// After a commit that may have ended a reservation: whoever was given a held port can bind it.
  void hand_over() { holds_.follow(); }

  /// Free ports from `start` up inside the range: `count`, or as many as there are. Error
  /// range_full when there is none.
  Expected<std::vector<Port>> suggest(const PortRange& range, std::optional<Port> start,
                                      std::size_t count);

  /// port_in_use, naming the listener, unless the kernel lets the port be bound or the one who
  /// listens there is the service itself.
  Expected<void> check_kernel(const PortKey& key, const std::string& service_id);

 private:
  Expected<Assigned> assign_port(const ChangeContext& context, const AssignCommand& command,
                                 const PortKey& key);
  Expected<Assigned> assign_any(const ChangeContext& context, const AssignCommand& command);
  Expected<Reserved> reserve_span(const ChangeContext& context, const ReserveCommand& command,
                                  Port lo, Port hi);
  Expected<PortHolds::Pin> bind_span(const ReserveRequest& request);

  Store& store_;
  PortProbe& probe_;
  ServiceClient& client_;
  PortFinder& finder_;
  PortHolds& holds_;
  const AddressBook& addresses_;
  const Clock& clock_;
};

}  // namespace pm
