#pragma once

#include <chrono>
#include <map>
#include <vector>

#include "app/clock.h"
#include "app/conflict_resolver.h"
#include "app/store.h"

namespace pm {

/// Resolves conflicts unasked, as configured. One that could not be resolved is left in peace for a
/// while. Not thread-safe: one thread runs it.
class AutoResolver {
 public:
  AutoResolver(const Store& store, ConflictResolver& resolver, const Clock& clock,
               ConflictResolver::Scope scope)
      : store_(store), resolver_(resolver), clock_(clock), scope_(scope) {}

  /// Resolves if there is a conflict in its scope that was not tried in the last `patience`;
  /// otherwise it costs a look at the open conflicts. Answers what was done; error as of
  /// ConflictResolver::resolve.
  Expected<std::vector<Resolution>> run_once();

  static constexpr std::chrono::seconds patience{60};

 private:
  const Store& store_;
  ConflictResolver& resolver_;
  const Clock& clock_;
  const ConflictResolver::Scope scope_;
  std::map<std::int64_t, std::chrono::steady_clock::time_point> tried_;  ///< by conflict_id
};

}  // namespace pm
