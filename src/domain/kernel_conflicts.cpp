#include "domain/kernel_conflicts.h"

#include <algorithm>
#include <set>

namespace pm {
namespace {

using Finding = KernelFindings::Finding;

std::string describe_first(const PortKey& key) {
  return "P" + describe(key).substr(1);
}

/// A process's name is written as it is, also where it begins a sentence.
std::string describe_first(const Listener& listener) {
  auto text = describe(listener);
  if (listener.pid == 0) text.front() = 'A';
  return text;
}

std::string port_of(const Listener& listener) {
  return describe({std::string(local_host), listener.protocol, listener.port});
}

std::string taken_detail(const Finding& first, std::size_t others, bool is_self) {
  std::string detail = describe_first(first.key) + " of " + first.service_id + " is taken by " +
                       describe(first.listener);
  if (others > 0) {
    detail += " (and " + std::to_string(others) + (others == 1 ? " other)" : " others)");
  }
  detail += ": " + first.why + ". Stop that process";
  return detail + (is_self
                       ? "; the Port Manager itself is never moved."
                       : ", or POST /api/ports/resolve-conflicts moves " + first.service_id + ".");
}

std::string drift_detail(const Finding& drift, bool is_self) {
  const auto& at = drift.listener;
  const std::string own = describe(drift.key);
  return drift.service_id + " has " + own + " and listens on " + port_of(at) +
         (at.pid == 0 ? "" : " (pid " + std::to_string(at.pid) + ")") + ": " + drift.why +
         ". Restart it on " + own +
         (is_self ? "; if that is taken, stop the process that has it."
                  : ", or POST /api/ports/resolve-conflicts.");
}

std::string overlap_detail(const Assignment& assignment, const EphemeralPorts& ephemeral) {
  return describe_first(assignment.key) + " of " + assignment.service_id +
         " lies in ip_local_port_range " + ephemeral.range()->text() +
         " and is not in ip_local_reserved_ports: the kernel may take it for an outgoing "
         "connection at any time. Reserve it: GET /api/ports/export?format=sysctl writes the line.";
}

Conflict conflict_of(ConflictType type, const PortKey& key, const std::string& service_id,
                     std::string detail) {
  Conflict conflict;
  conflict.type = type;
  conflict.key = key;
  conflict.services = {service_id};
  conflict.detail = std::move(detail);
  return conflict;
}

/// The findings that concern the registry, by service and key; of each, in the order of the look.
std::map<std::pair<PortKey, std::string>, std::vector<const Finding*>> grouped(
    const Registry& registry, const std::vector<Finding>& findings) {
  std::map<std::pair<PortKey, std::string>, std::vector<const Finding*>> groups;
  for (const auto& finding : findings) {
    const auto* assignment = registry.assignment(finding.service_id);
    if (!is_local(finding.key) || assignment == nullptr || assignment->key != finding.key) continue;
    groups[{finding.key, finding.service_id}].push_back(&finding);
  }
  return groups;
}

/// The same socket of the same process; when it was first seen and when the process began follow
/// from that.
bool is_same_listener(std::optional<Listener> left, std::optional<Listener> right) {
  for (auto* each : {&left, &right}) {
    if (*each) (*each)->since = (*each)->started = std::nullopt;
  }
  return left == right;
}

bool is_same_socket(const Listener& left, const Listener& right) {
  if (left.inode != 0 && right.inode != 0) return left.inode == right.inode;
  return left.pid != 0 && left.pid == right.pid && left.address == right.address;
}

std::string end_of_stranger(const Conflict& conflict, const Finding* in_place) {
  if (!conflict.listener) return "The stranger does not listen there any more.";
  const auto stranger = describe_first(*conflict.listener);
  if (in_place != nullptr && is_same_socket(in_place->listener, *conflict.listener)) {
    return stranger + " is " + in_place->service_id + " after all: " + in_place->why + ".";
  }
  return stranger + " does not listen there any more.";
}

/// Why an open conflict is not found any more, a sentence.
std::string end_of(const Conflict& conflict, const std::vector<Finding>& in_place) {
  const auto& service_id = conflict.services.front();
  const auto at = std::find_if(in_place.begin(), in_place.end(), [&](const Finding& each) {
    return each.service_id == service_id && each.key == conflict.key;
  });
  const auto* settled = at == in_place.end() ? nullptr : &*at;
  if (conflict.type == ConflictType::system_conflict) return end_of_stranger(conflict, settled);
  if (conflict.type == ConflictType::ephemeral_overlap) {
    return "The kernel does not hand " + describe(conflict.key) + " out any more.";
  }
  if (settled != nullptr) return service_id + " listens on its port again.";
  return service_id + " does not listen on " +
         (conflict.listener ? port_of(*conflict.listener) : "another port") + " any more.";
}

/// What an operator reads of them is the same.
bool says_the_same(const Conflict& left, const Conflict& right) {
  return left.detail == right.detail && is_same_listener(left.listener, right.listener);
}

/// What names a conflict: type, key and service.
using What = std::tuple<ConflictType, PortKey, std::string>;

What what_of(const Conflict& conflict) {
  return {conflict.type, conflict.key,
          conflict.services.empty() ? std::string() : conflict.services.front()};
}

/// The ids of the open ones.
std::map<What, std::int64_t> open_ids(const Registry& registry) {
  std::map<What, std::int64_t> ids;
  registry.open_conflicts().for_each([&](std::int64_t id, const Conflict& conflict) {
    if (is_kernel_conflict(conflict.type)) ids.emplace(what_of(conflict), id);
  });
  return ids;
}

}  // namespace

std::vector<Conflict> detect_kernel_conflicts(const Registry& registry,
                                              const KernelFindings& findings,
                                              const EphemeralPorts& ephemeral) {
  std::vector<Conflict> found;
  const auto& self_id = registry.config().self_id;
  for (const auto& [where, strangers] : grouped(registry, findings.strangers)) {
    const auto& [key, service_id] = where;
    found.push_back(
        conflict_of(ConflictType::system_conflict, key, service_id,
                    taken_detail(*strangers.front(), strangers.size() - 1, service_id == self_id)));
    found.back().listener = strangers.front()->listener;
  }
  for (const auto& [where, drifts] : grouped(registry, findings.drifted)) {
    const auto& [key, service_id] = where;
    found.push_back(conflict_of(ConflictType::drift, key, service_id,
                                drift_detail(*drifts.front(), service_id == self_id)));
    found.back().listener = drifts.front()->listener;
  }
  registry.assignments().for_each([&](const std::string& service_id, const Assignment& each) {
    if (!is_local(each.key) || !ephemeral.contains(each.key.port)) return;
    found.push_back(conflict_of(ConflictType::ephemeral_overlap, each.key, service_id,
                                overlap_detail(each, ephemeral)));
  });
  return found;
}

bool is_kernel_conflict(ConflictType type) {
  return type == ConflictType::system_conflict || type == ConflictType::drift ||
         type == ConflictType::ephemeral_overlap;
}

bool still_has_port(const Registry& registry, const Conflict& conflict) {
  if (conflict.services.empty()) return false;
  const auto* assignment = registry.assignment(conflict.services.front());
  return assignment != nullptr && assignment->key == conflict.key;
}

bool KernelConflictTracker::is_confirmed(const Marks& before, Marks& after, const What& what,
                                         Time now) const {
  const auto known = before.find(what);
  after.emplace(what, known == before.end() ? now : known->second);
  return known != before.end() && now - known->second >= agreement_;
}

KernelConflictTracker::Decision KernelConflictTracker::look(const Registry& registry,
                                                            std::vector<Conflict> found, Time now,
                                                            const std::vector<Finding>& in_place) {
  const auto open = open_ids(registry);
  Decision decision;
  Marks appearing;
  std::set<What> seen;
  for (auto& conflict : found) {
    if (!still_has_port(registry, conflict)) continue;
    const auto what = what_of(conflict);
    if (!seen.insert(what).second) continue;
    const auto known = open.find(what);
    if (known == open.end()) {
      if (is_confirmed(appearing_, appearing, what, now)) {
        decision.open.push_back(std::move(conflict));
      }
      continue;
    }
    const auto& present = *registry.open_conflicts().find(known->second);
    if (says_the_same(present, conflict)) continue;
    conflict.conflict_id = present.conflict_id;
    conflict.detected_at = present.detected_at;
    decision.open.push_back(std::move(conflict));
  }

  Marks vanishing;
  for (const auto& [what, id] : open) {
    const auto& conflict = *registry.open_conflicts().find(id);
    if (!still_has_port(registry, conflict)) {
      decision.close.push_back({id, std::get<std::string>(what) + " does not have " +
                                        describe(conflict.key) + " any more."});
      continue;
    }
    if (seen.contains(what) || registry.move_of(std::get<std::string>(what))) continue;
    if (is_confirmed(vanishing_, vanishing, what, now)) {
      decision.close.push_back({id, end_of(conflict, in_place)});
    }
  }
  appearing_ = std::move(appearing);
  vanishing_ = std::move(vanishing);
  decision.waiting = !appearing_.empty() || !vanishing_.empty();
  return decision;
}

Expected<void> record_kernel_conflicts(Draft& draft,
                                       const KernelConflictTracker::Decision& decision) {
  draft.set_action("scan");
  const auto& registry = draft.registry();
  auto ids = open_ids(registry);
  for (auto conflict : decision.open) {
    const auto what = what_of(conflict);
    const auto known = ids.find(what);
    if (conflict.conflict_id != 0) {
      if (known == ids.end() || known->second != conflict.conflict_id) continue;
      conflict.detected_at = registry.open_conflicts().find(known->second)->detected_at;
    } else {
      if (known != ids.end() || !still_has_port(registry, conflict)) continue;
      conflict.conflict_id = registry.next_conflict_id();
      conflict.detected_at = draft.context().at;
      ids.emplace(what, conflict.conflict_id);
    }
    draft.apply(OpenConflict{std::move(conflict)});
  }
  for (const auto& closing : decision.close) {
    const auto* open = registry.open_conflicts().find(closing.conflict_id);
    if (open == nullptr) continue;
    auto conflict = *open;
    conflict.resolved_at = draft.context().at;
    conflict.resolution = closing.resolution;
    draft.apply(CloseConflict{std::move(conflict)});
  }
  return {};
}

}  // namespace pm
