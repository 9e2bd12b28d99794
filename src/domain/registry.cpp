#include "domain/registry.h"

#include <algorithm>
#include <tuple>

namespace pm {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

using Bitmaps = std::map<std::pair<std::string, Protocol>, std::shared_ptr<const PortBitmap>>;

void mark(Bitmaps& bitmaps, const PortKey& key, bool taken) {
  auto& slot = bitmaps[{key.host, key.protocol}];
  auto copy = slot ? std::make_shared<PortBitmap>(*slot) : std::make_shared<PortBitmap>();
  copy->set(key.port, taken);
  slot = std::move(copy);
}

/// A copy of the map with one change: the snapshots that share the old one keep it.
template <typename Map, typename Edit>
void edit_copy(std::shared_ptr<const Map>& map, Edit&& edit) {
  auto copy = std::make_shared<Map>(*map);
  edit(*copy);
  map = std::move(copy);
}

}  // namespace

const PortRange* SuiteConfig::category(std::string_view name) const {
  const auto it = std::find_if(categories.begin(), categories.end(),
                               [&](const PortRange& each) { return each.name == name; });
  return it == categories.end() ? nullptr : &*it;
}

std::string SuiteConfig::category_of(Port port) const {
  const auto it = std::find_if(categories.begin(), categories.end(),
                               [&](const PortRange& each) { return each.contains(port); });
  return it == categories.end() ? std::string() : it->name;
}

void Registry::apply(const Change& change) {
  std::visit(
      Overloaded{
          [&](const PutService& put) { services_.put(put.service.service_id, put.service); },
          [&](const RemoveService& remove) {
            services_.erase(remove.service_id);
            health_.erase(remove.service_id);
            identities_.erase(remove.service_id);
            held_ports_.erase(remove.service_id);
          },
          [&](const PutAssignment& put) { put_assignment(put.assignment); },
          [&](const RemoveAssignment& remove) { remove_assignment(remove.service_id); },
          [&](const AppendHistory& append) { remember_release(append.event); },
          [&](const PutHeldPorts& put) {
            if (put.ports.empty()) {
              held_ports_.erase(put.service_id);
            } else {
              held_ports_.put(put.service_id, put.ports);
            }
          },
          [&](const PutReservation& put) { put_reservation(put.reservation); },
          [&](const RemoveReservation& remove) { remove_reservation(remove.key); },
          [&](const PutMove& put) { put_move(put.move); },
          [&](const OpenConflict& open) {
            open_conflicts_.put(open.conflict.conflict_id, open.conflict);
            next_conflict_id_ = std::max(next_conflict_id_, open.conflict.conflict_id + 1);
          },
          [&](const CloseConflict& close) { open_conflicts_.erase(close.conflict.conflict_id); },
          [&](const AnnouncePortChange&) {},
          [&](const PutHealth& put) { health_.put(put.service_id, put.health); },
          [&](const PutIdentity& put) { identities_.put(put.identity.service_id, put.identity); },
          [&](const PutUnknownMembers& put) {
            unknown_members_ = std::make_shared<std::string>(put.json);
          },
      },
      change);
}

const Service* Registry::service(const std::string& service_id) const {
  return services_.find(service_id);
}

const Assignment* Registry::assignment(const std::string& service_id) const {
  return assignments_.find(service_id);
}

std::vector<std::string> Registry::holders(const PortKey& key) const {
  const auto* found = holders_.find(key);
  return found ? *found : std::vector<std::string>();
}

const Reservation* Registry::reservation(const PortKey& key) const {
  return reservations_.find(key);
}

const Move* Registry::move_of(const std::string& service_id) const {
  for (const auto& [id, move] : *open_moves_) {
    if (move.service_id == service_id) return &move;
  }
  return nullptr;
}

const Move* Registry::move_to(const PortKey& key) const {
  for (const auto& [id, move] : *open_moves_) {
    if (move.target() == key) return &move;
  }
  return nullptr;
}

const Health* Registry::health(const std::string& service_id) const {
  return health_.find(service_id);
}

const LearnedIdentity* Registry::identity(const std::string& service_id) const {
  return identities_.find(service_id);
}

std::optional<Timestamp> Registry::released_at(const PortKey& key) const {
  const auto* found = releases_.find(key);
  return found ? std::optional(*found) : std::nullopt;
}

std::vector<Port> Registry::held_ports(const std::string& service_id) const {
  const auto* found = held_ports_.find(service_id);
  return found ? *found : std::vector<Port>();
}

PortBitmap Registry::occupied(const std::string& host, Protocol protocol) const {
  PortBitmap all;
  for (const auto* bitmaps : {&assigned_, &reserved_}) {
    const auto it = bitmaps->find({host, protocol});
    if (it != bitmaps->end()) all.merge(*it->second);
  }
  for (const auto& [id, move] : *open_moves_) {
    if (move.from.host != host || move.from.protocol != protocol) continue;
    all.set(move.to);
    all.set(move.from.port);
  }
  return all;
}

void Registry::restore_counters(const Counters& counters) {
  next_sequence_ = std::max(next_sequence_, counters.next_sequence);
  next_move_id_ = std::max(next_move_id_, counters.next_move_id);
  next_conflict_id_ = std::max(next_conflict_id_, counters.next_conflict_id);
  ports_reassigned_ = counters.ports_reassigned;
}

void Registry::put_assignment(const Assignment& assignment) {
  // A changed flag keeps its place among the holders; another port means a new place.
  const auto* old = assignments_.find(assignment.service_id);
  if (old && old->key != assignment.key) remove_assignment(assignment.service_id);
  assignments_.put(assignment.service_id, assignment);
  next_sequence_ = std::max(next_sequence_, assignment.sequence + 1);

  auto held_by = holders(assignment.key);
  std::erase(held_by, assignment.service_id);
  const auto age = std::tie(assignment.sequence, assignment.service_id);
  const auto place = std::find_if(held_by.begin(), held_by.end(), [&](const std::string& id) {
    return std::tie(assignments_.find(id)->sequence, id) > age;
  });
  held_by.insert(place, assignment.service_id);
  holders_.put(assignment.key, std::move(held_by));
  mark(assigned_, assignment.key, true);
}

void Registry::remove_assignment(const std::string& service_id) {
  const auto* old = assignments_.find(service_id);
  if (!old) return;
  const auto key = old->key;
  assignments_.erase(service_id);
  auto held_by = holders(key);
  std::erase(held_by, service_id);
  if (held_by.empty()) {
    holders_.erase(key);
    mark(assigned_, key, false);
  } else {
    holders_.put(key, std::move(held_by));
  }
}

void Registry::remember_release(const HistoryEvent& event) {
  if (event.action == HistoryAction::move_failed || !event.old_port ||
      event.old_port == event.new_port) {
    return;
  }
  releases_.put({event.host, event.protocol, *event.old_port}, event.context.at);
}

void Registry::put_reservation(const Reservation& reservation) {
  remove_reservation(reservation.key);
  reservations_.put(reservation.key, reservation);
  mark(reserved_, reservation.key, true);
  held_reservations_ += reservation.hold ? 1 : 0;
  next_sequence_ = std::max(next_sequence_, reservation.sequence + 1);
}

void Registry::remove_reservation(const PortKey& key) {
  const auto* present = reservations_.find(key);
  if (!present) return;
  held_reservations_ -= present->hold ? 1 : 0;
  reservations_.erase(key);
  mark(reserved_, key, false);
}

void Registry::put_move(const Move& move) {
  const bool open = move.state == MoveState::planned || move.state == MoveState::pending;
  edit_copy(open_moves_, [&](auto& moves) {
    if (open) {
      moves.insert_or_assign(move.move_id, move);
    } else {
      moves.erase(move.move_id);
    }
  });
  if (move.state == MoveState::committed) ++ports_reassigned_;
  next_move_id_ = std::max(next_move_id_, move.move_id + 1);
}

}  // namespace pm
