#include "domain/plan_moves.h"

#include <map>
#include <set>

namespace pm {
namespace {

PlannedStep step_of(const PortUpdate& update) {
  return {update.service_id, update.from, update.to, false};
}

/// Who still has to leave which port.
class Waiting {
 public:
  explicit Waiting(const std::vector<PortUpdate>& updates) {
    for (const auto& update : updates) {
      if (update.from.port == update.to) continue;
      waiting_.insert(&update);
      leaver_.emplace(update.from, &update);
      wanted_by_.emplace(update.target(), &update);
    }
  }

  bool has(const PortUpdate* update) const { return waiting_.contains(update); }
  void done(const PortUpdate* update) { waiting_.erase(update); }

  /// The update that has to leave the key first, if one does.
  const PortUpdate* leaver(const PortKey& key) const {
    const auto found = leaver_.find(key);
    return found != leaver_.end() && has(found->second) ? found->second : nullptr;
  }
  const PortUpdate* wanted_by(const PortKey& key) const {
    const auto found = wanted_by_.find(key);
    return found == wanted_by_.end() ? nullptr : found->second;
  }

 private:
  std::set<const PortUpdate*> waiting_;
  std::map<PortKey, const PortUpdate*> leaver_;
  std::map<PortKey, const PortUpdate*> wanted_by_;
};

/// The updates of the cycle that `start` is on, each followed by the one whose port it wants.
std::vector<const PortUpdate*> cycle_from(const Waiting& waiting, const PortUpdate* start) {
  std::vector<const PortUpdate*> cycle;
  for (const auto* at = start; cycle.empty() || at != start; at = waiting.leaver(at->target())) {
    cycle.push_back(at);
  }
  return cycle;
}

}  // namespace

std::optional<std::vector<PlannedStep>> plan_moves(
    const std::vector<PortUpdate>& updates,
    const std::function<std::optional<Port>(const PortKey&)>& take_spare) {
  std::vector<PlannedStep> steps;
  Waiting waiting(updates);

  // A move whose target nobody has to leave any more can go; its own port then sets free whoever
  // waits for that one, so each chain is followed back from its free end.
  for (const auto& first : updates) {
    const auto* update = &first;
    while (update != nullptr && waiting.has(update) && !waiting.leaver(update->target())) {
      steps.push_back(step_of(*update));
      waiting.done(update);
      update = waiting.wanted_by(update->from);
    }
  }

  // What is left consists of cycles. One service of each steps aside, the others follow.
  for (const auto& update : updates) {
    if (!waiting.has(&update)) continue;
    const auto cycle = cycle_from(waiting, &update);
    const auto spare = take_spare(update.from);
    if (!spare) return std::nullopt;
    steps.push_back({update.service_id, update.from, *spare, true});
    for (auto member = cycle.rbegin(); *member != &update; ++member) {
      steps.push_back(step_of(**member));
    }
    const PortKey aside{update.from.host, update.from.protocol, *spare};
    steps.push_back({update.service_id, aside, update.to, false});
    for (const auto* member : cycle) waiting.done(member);
  }
  return steps;
}

}  // namespace pm
