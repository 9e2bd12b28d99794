#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/change.h"
#include "domain/cow_map.h"
#include "domain/model.h"
#include "domain/port_bitmap.h"
#include "domain/port_range.h"

namespace pm {

/// What is configured, not recorded: the same for every snapshot of a process.
struct SuiteConfig {
  PortRange range{"suite", Port::clamped(8000), Port::clamped(9000)};
  /// The named ranges of the service categories.
  std::vector<PortRange> categories;
  /// The Port Manager's own service id: it may not be moved or released.
  std::string self_id{"itechsmart-port-manager"};

  const PortRange* category(std::string_view name) const;
  /// The category whose range holds the port, or "".
  std::string category_of(Port port) const;
};

/// What should be: every service, assignment, reservation, pending move and open conflict, as of
/// one revision. A value: copying is cheap (CowMap), a copy never changes when another does.
///
/// Thread-safety: a const Registry may be read by any number of threads.
class Registry {
 public:
  explicit Registry(std::shared_ptr<const SuiteConfig> config) : config_(std::move(config)) {}

  const SuiteConfig& config() const { return *config_; }

  /// Grows by one with every committed change set.
  std::int64_t revision() const { return revision_; }
  void set_revision(std::int64_t revision) { revision_ = revision; }

  /// Applies one change. Changes that do not belong to the state (history, announcements) only
  /// count. `context` is not looked at: a change carries what it needs.
  void apply(const Change& change);

  const Service* service(const std::string& service_id) const;
  const Assignment* assignment(const std::string& service_id) const;
  /// The services that hold the key, in the order in which they got it (Assignment::sequence); of
  /// one age, which only another program can have written, by their ids.
  std::vector<std::string> holders(const PortKey& key) const;
  /// The reservation of the key, expired or not: PortManager::expire_reservations removes it.
  const Reservation* reservation(const PortKey& key) const;
  /// A pending or planned move of the service.
  const Move* move_of(const std::string& service_id) const;
  /// A pending or planned move whose new port the key is.
  const Move* move_to(const PortKey& key) const;
  const Health* health(const std::string& service_id) const;
  /// The process that last answered as the service; null when none ever did.
  const LearnedIdentity* identity(const std::string& service_id) const;
  /// When a service last gave the port up, by release, move, import ...; unset when none has within
  /// the history that is kept at hand.
  std::optional<Timestamp> released_at(const PortKey& key) const;
  /// The ports the service has held, oldest first, as imported and extended since.
  std::vector<Port> held_ports(const std::string& service_id) const;
  /// Ports taken on that host and protocol: assigned, reserved or claimed by a move.
  PortBitmap occupied(const std::string& host, Protocol protocol) const;

  const CowMap<std::string, Service>& services() const { return services_; }
  const CowMap<std::string, Assignment>& assignments() const { return assignments_; }
  const CowMap<PortKey, Reservation, PortKeyHash>& reservations() const { return reservations_; }
  const CowMap<std::string, std::vector<Port>>& all_held_ports() const { return held_ports_; }
  /// How many of the reservations have `hold`.
  int held_reservations() const { return held_reservations_; }
  /// Moves not yet final, by move_id.
  const std::map<std::int64_t, Move>& open_moves() const { return *open_moves_; }
  /// Conflicts not yet closed, by conflict_id.
  const CowMap<std::int64_t, Conflict>& open_conflicts() const { return open_conflicts_; }
  const CowMap<std::string, LearnedIdentity>& identities() const { return identities_; }
  const CowMap<PortKey, Timestamp, PortKeyHash>& releases() const { return releases_; }
  const std::string& unknown_members() const { return *unknown_members_; }

  /// Ids that the next change of each kind takes. They never go back, so an id names one thing.
  std::int64_t next_sequence() const { return next_sequence_; }
  std::int64_t next_move_id() const { return next_move_id_; }
  std::int64_t next_conflict_id() const { return next_conflict_id_; }
  /// Moves committed since the first start.
  std::int64_t ports_reassigned() const { return ports_reassigned_; }

  /// For the store, after it has read the tables: ids and counts that the rows themselves do not
  /// tell (they were used by rows that are gone).
  struct Counters {
    std::int64_t next_sequence{1};
    std::int64_t next_move_id{1};
    std::int64_t next_conflict_id{1};
    std::int64_t ports_reassigned{0};
  };
  void restore_counters(const Counters& counters);

 private:
  void put_assignment(const Assignment& assignment);
  void remove_assignment(const std::string& service_id);
  void put_reservation(const Reservation& reservation);
  void remove_reservation(const PortKey& key);
  void put_move(const Move& move);
  void remember_release(const HistoryEvent& event);

  std::shared_ptr<const SuiteConfig> config_;
  std::int64_t revision_{0};
  CowMap<std::string, Service> services_;
  CowMap<std::string, Assignment> assignments_;
  CowMap<PortKey, std::vector<std::string>, PortKeyHash> holders_;
  CowMap<PortKey, Reservation, PortKeyHash> reservations_;
  CowMap<std::string, Health> health_;
  CowMap<std::string, LearnedIdentity> identities_;
  CowMap<PortKey, Timestamp, PortKeyHash> releases_;
  CowMap<std::string, std::vector<Port>> held_ports_;
  std::map<std::pair<std::string, Protocol>, std::shared_ptr<const PortBitmap>> assigned_;
  std::map<std::pair<std::string, Protocol>, std::shared_ptr<const PortBitmap>> reserved_;
  std::shared_ptr<const std::map<std::int64_t, Move>> open_moves_{
      std::make_shared<std::map<std::int64_t, Move>>()};
  CowMap<std::int64_t, Conflict> open_conflicts_;
  std::shared_ptr<const std::string> unknown_members_{std::make_shared<std::string>()};
  int held_reservations_{0};
  std::int64_t next_sequence_{1};
  std::int64_t next_move_id_{1};
  std::int64_t next_conflict_id_{1};
  std::int64_t ports_reassigned_{0};
};

}  // namespace pm
