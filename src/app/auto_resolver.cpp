#include "app/auto_resolver.h"

namespace pm {

Expected<std::vector<Resolution>> AutoResolver::run_once() {
  const auto registry = store_.snapshot();
  const auto now = clock_.steady_now();
  bool is_new = false;
  decltype(tried_) tried;
  registry->open_conflicts().for_each([&](std::int64_t id, const Conflict& conflict) {
    const bool in_scope = scope_ == ConflictResolver::Scope::all ||
                          conflict.type == ConflictType::duplicate_assignment;
    if (!in_scope || !is_resolvable(*registry, conflict)) return;
    const auto before = tried_.find(id);
    const bool is_due = before == tried_.end() || now - before->second >= patience;
    is_new = is_new || is_due;
    tried[id] = is_due ? now : before->second;
  });
  tried_ = std::move(tried);
  if (!is_new) return std::vector<Resolution>();
  const ChangeContext context{registry->config().self_id, "Resolved unasked.", "auto-resolve",
                              clock_.now()};
  return resolver_.resolve(context, scope_, false);
}

}  // namespace pm
