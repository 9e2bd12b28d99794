#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "domain/change.h"
#include "domain/registry.h"

namespace pm {

/// A change set in the making, together with the state that it leads to: a rule sees the effect of
/// what it has already applied. Nobody else sees a draft before it is committed.
/// Not thread-safe; it lives on one thread.
class Draft {
 public:
  Draft(Registry base, ChangeContext context)
      : registry_(std::move(base)), context_(std::move(context)) {}

  const Registry& registry() const { return registry_; }
  const ChangeContext& context() const { return context_; }

  /// The word for the log and the `changes` table: "assign", "reassign". The last one counts.
  void set_action(std::string action) { changes_.action = std::move(action); }

  void apply(Change change);
  /// Has the conflicts at the key looked at in the end, as apply() does for what it changes.
  void touch(const PortKey& key) { touched_.insert(key); }

  /// Opens and closes the conflicts that the registry alone can tell (duplicate_assignment,
  /// reserved_port, out_of_range) at the keys that this draft has touched, and closes there those
  /// of the kernel whose service does not have the port any more. Call once, last.
  void reconcile_conflicts();

  bool empty() const { return changes_.empty(); }
  const ChangeSet& changes() const { return changes_; }

  /// Takes the state out, with the revision it gets by being committed.
  Registry take_registry() && { return std::move(registry_); }

 private:
  Registry registry_;
  ChangeContext context_;
  ChangeSet changes_;
  std::set<PortKey> touched_;
};

}  // namespace pm
