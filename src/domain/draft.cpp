#include "domain/draft.h"

#include <algorithm>
#include <map>

#include "domain/detect_conflicts.h"
#include "domain/kernel_conflicts.h"

namespace pm {
namespace {

/// One conflict stays the same conflict while its port and type stay; the services of a duplicate
/// may come and go, the service of the other types is part of what it is.
bool is_same(const Conflict& left, const Conflict& right) {
  return left.type == right.type && left.key == right.key &&
         (left.type == ConflictType::duplicate_assignment || left.services == right.services);
}

}  // namespace

void Draft::apply(Change change) {
  if (auto* append = std::get_if<AppendHistory>(&change)) append->event.context = context_;
  if (const auto* put = std::get_if<PutAssignment>(&change)) {
    if (const auto* old = registry_.assignment(put->assignment.service_id)) touch(old->key);
    touch(put->assignment.key);
  } else if (const auto* remove = std::get_if<RemoveAssignment>(&change)) {
    if (const auto* old = registry_.assignment(remove->service_id)) touch(old->key);
  } else if (const auto* reserve = std::get_if<PutReservation>(&change)) {
    touch(reserve->reservation.key);
  } else if (const auto* unreserve = std::get_if<RemoveReservation>(&change)) {
    touch(unreserve->key);
  }
  registry_.apply(change);
  changes_.changes.push_back(std::move(change));
}

void Draft::reconcile_conflicts() {
  if (touched_.empty()) return;
  std::map<PortKey, std::vector<Conflict>> open;
  registry_.open_conflicts().for_each([&](std::int64_t, const Conflict& conflict) {
    if (touched_.contains(conflict.key)) open[conflict.key].push_back(conflict);
  });

  for (const auto& key : std::set<PortKey>(touched_)) {
    auto wanted = detect_registry_conflicts(registry_, key);
    for (auto& conflict : open[key]) {
      if (!is_registry_conflict(conflict.type) && still_has_port(registry_, conflict)) continue;
      const auto still = std::find_if(wanted.begin(), wanted.end(), [&](const Conflict& each) {
        return is_same(each, conflict);
      });
      if (still == wanted.end()) {
        conflict.resolved_at = context_.at;
        conflict.resolution = "Gone after " + changes_.action +
                              (context_.actor.empty() ? "." : " by " + context_.actor + ".");
        apply(CloseConflict{conflict});
        continue;
      }
      if (still->services != conflict.services || still->detail != conflict.detail) {
        conflict.services = still->services;
        conflict.detail = still->detail;
        apply(OpenConflict{conflict});
      }
      wanted.erase(still);
    }
    for (auto& conflict : wanted) {
      conflict.conflict_id = registry_.next_conflict_id();
      conflict.detected_at = context_.at;
      apply(OpenConflict{std::move(conflict)});
    }
  }
}

}  // namespace pm
