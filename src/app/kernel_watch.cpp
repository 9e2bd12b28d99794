#include "app/kernel_watch.h"

#include <set>
#include <utility>

#include "app/look.h"

namespace pm {
namespace {

/// What is open of a service on whose port somebody is still being asked who he is, is neither
/// renewed nor closed until he has answered.
void leave_undecided_alone(const Registry& registry, const std::set<std::string>& undecided,
                           std::vector<Conflict>& found) {
  registry.open_conflicts().for_each([&](std::int64_t, const Conflict& conflict) {
    const bool waits =
        is_kernel_conflict(conflict.type) && undecided.contains(conflict.services.front());
    if (waits) found.insert(found.begin(), conflict);
  });
}

}  // namespace

Expected<void> KernelWatch::look() {
  const std::lock_guard lock(looking_);
  const auto begun = clock_.steady_now();
  auto compared = compare();
  const std::lock_guard publish(sight_mutex_);
  ++looks_.done;
  if (!compared) ++looks_.failed;
  looks_.spent += clock_.steady_now() - begun;
  return compared;
}

Expected<void> KernelWatch::compare() {
  auto table = probe_.scan();
  if (!table) return tl::unexpected(table.error());
  const auto registry = store_.snapshot();
  const auto ephemeral = probe_.ephemeral();
  const auto now = clock_.steady_now();
  const bool unchanged = *table == last_table_ && registry->revision() == last_revision_ &&
                         ephemeral == last_ephemeral_ && !waiting_ && !interviews_.due(now);
  if (unchanged) return {};

  Look look(*registry, **table, {options_.own_pid, probe_.boot_id(), clock_.now(), options_.youth});
  interviews_.ask(look.questions(), now, clock_.now());
  auto seen = look.judge(interviews_);
  auto found = detect_kernel_conflicts(*registry, seen.findings, ephemeral);
  leave_undecided_alone(*registry, seen.undecided, found);
  const auto decision = tracker_.look(*registry, std::move(found), now, seen.findings.in_place);
  waiting_ = decision.waiting;
  undecided_ = !seen.undecided.empty();
  seen.sight.table = *table;
  {
    const std::lock_guard publish(sight_mutex_);
    sight_ = std::make_shared<const KernelSight>(std::move(seen.sight));
  }
  last_table_ = *table;
  last_revision_ = registry->revision();
  last_ephemeral_ = ephemeral;
  return record(decision, seen.learned);
}

Expected<void> KernelWatch::record(const KernelConflictTracker::Decision& decision,
                                   const std::vector<LearnedIdentity>& learned) {
  if (decision.empty() && learned.empty()) return {};
  const ChangeContext context{store_.snapshot()->config().self_id, "What the kernel says.", "scan",
                              clock_.now()};
  const auto committed = store_.commit(context, [&](Draft& draft) -> Expected<void> {
    draft.set_action("learn");
    for (const auto& identity : learned) {
      if (draft.registry().service(identity.service_id)) draft.apply(PutIdentity{identity});
    }
    return decision.empty() ? Expected<void>() : record_kernel_conflicts(draft, decision);
  });
  if (committed) return {};
  // Nothing was recorded, so the next look has to find it anew.
  last_revision_ = -1;
  return tl::unexpected(committed.error());
}

Expected<void> KernelWatch::settle() {
  // Two rounds of patience: one may be under way for others when somebody new is to be asked.
  const auto latest = clock_.steady_now() + 2 * options_.patience;
  for (int decided = 0; decided < most_looks;) {
    if (auto looked = look(); !looked) return looked;
    {
      const std::lock_guard lock(looking_);
      if (!waiting_ && !undecided_) return {};
      if (!undecided_ || clock_.steady_now() >= latest) ++decided;
    }
    if (!clock_.pause(options_.agreement)) return {};
  }
  return {};
}

KernelWatch::Looks KernelWatch::looks() const {
  const std::lock_guard lock(sight_mutex_);
  return looks_;
}

std::shared_ptr<const KernelSight> KernelWatch::sight() const {
  const std::lock_guard lock(sight_mutex_);
  return sight_;
}

void KernelWatch::doubt(const PortKey& key) {
  const std::lock_guard lock(looking_);
  if (!is_local(key) || !last_table_) return;
  for (const auto& row : last_table_->at(key.protocol, key.port)) interviews_.doubt(*row);
}

void KernelWatch::run(const std::function<void(const std::string&)>& report) {
  bool failing = false;
  for (;;) {
    const auto begun = std::chrono::steady_clock::now();
    const auto looked = look();
    if (!looked && !failing) report("the kernel cannot be watched: " + looked.error().message);
    if (looked && failing) report("the kernel is watched again");
    failing = !looked.has_value();

    std::unique_lock lock(wake_mutex_);
    // However many changes there are, looks leave the machine to others most of the time.
    wake_.wait_until(lock, begun + least_gap, [&] { return stopped_; });
    wake_.wait_until(lock, begun + options_.interval / looks_per_interval,
                     [&] { return stopped_ || notified_; });
    if (stopped_) return;
    notified_ = false;
  }
}

void KernelWatch::notify() {
  {
    const std::lock_guard lock(wake_mutex_);
    notified_ = true;
  }
  wake_.notify_one();
}

void KernelWatch::stop() {
  {
    const std::lock_guard lock(wake_mutex_);
    stopped_ = true;
  }
  wake_.notify_one();
}

}  // namespace pm
