#include "app/health_checks.h"

#include "domain/assignment_rules.h"

namespace pm {
namespace {

bool is_other(const HealthReply& reply, const std::string& service_id) {
  return reply.identity && *reply.identity != service_id;
}

bool is_well(const HealthReply& reply, const std::string& service_id) {
  return reply.healthy && !is_other(reply, service_id);
}

HealthStatus seen_status(const HealthReply& reply, const std::string& service_id) {
  return is_well(reply, service_id) ? HealthStatus::healthy : HealthStatus::unhealthy;
}

std::string detail_of(const HealthReply& reply, const std::string& service_id) {
  return is_other(reply, service_id) ? "answered by " + *reply.identity : reply.message;
}

}  // namespace

Expected<ServiceAddress> HealthChecks::contact(const Registry& registry,
                                               const std::string& service_id) const {
  if (!registry.service(service_id)) return tl::unexpected(detail::unknown_service(service_id));
  const auto* present = registry.assignment(service_id);
  if (!present) {
    return fail(ErrorCode::unknown_port,
                service_id +
                    " has no port, so it cannot be reached. POST /api/ports/assign gives "
                    "it one.",
                "service_id");
  }
  if (present->key.protocol != Protocol::tcp) {
    return fail(ErrorCode::unknown_port,
                service_id + " has " + describe(present->key) +
                    " and no TCP port, so it cannot be asked over HTTP.",
                "service_id");
  }
  return addresses_.address(registry, service_id, present->key.port);
}

HealthChecks::Status HealthChecks::known(const Registry& registry,
                                         const std::string& service_id) const {
  Status status;
  status.service_id = service_id;
  if (const auto* present = registry.assignment(service_id)) status.port = present->key.port;
  if (const auto* health = registry.health(service_id)) status.health = *health;
  const std::lock_guard lock(mutex_);
  const auto seen = last_seen_.find(service_id);
  if (seen != last_seen_.end() && seen->second.last_checked > status.health.last_checked) {
    status.health.last_checked = seen->second.last_checked;
    if (seen->second.status == status.health.status) status.health.detail = seen->second.detail;
  }
  return status;
}

Expected<HealthChecks::Status> HealthChecks::check(const ChangeContext& context,
                                                   const std::string& service_id) {
  std::promise<Expected<Status>> promise;
  {
    std::unique_lock lock(mutex_);
    if (const auto found = asked_.find(service_id); found != asked_.end()) {
      const auto answer = found->second;
      lock.unlock();
      return answer.get();
    }
    asked_[service_id] = promise.get_future().share();
  }
  const auto done = [&] {
    const std::lock_guard lock(mutex_);
    asked_.erase(service_id);
  };
  try {
    auto status = ask(context, service_id);
    promise.set_value(status);
    done();
    return status;
  } catch (...) {
    promise.set_exception(std::current_exception());
    done();
    throw;
  }
}

Expected<HealthChecks::Status> HealthChecks::ask(const ChangeContext& context,
                                                 const std::string& service_id) {
  const auto registry = store_.snapshot();
  const auto address = contact(*registry, service_id);
  if (!address) return tl::unexpected(address.error());

  const auto reply = client_.health(*address);
  const Health health{seen_status(reply, service_id), detail_of(reply, service_id), clock_.now()};

  const auto before = known(*registry, service_id);
  if (before.health.status != health.status) {
    auto committed = store_.commit(context, [&](Draft& draft) -> Expected<void> {
      draft.set_action("health");
      if (!draft.registry().service(service_id)) {
        return tl::unexpected(detail::unknown_service(service_id));
      }
      draft.apply(PutHealth{service_id, address->port, health});
      return {};
    });
    if (!committed) return tl::unexpected(committed.error());
  }
  {
    const std::lock_guard lock(mutex_);
    last_seen_[service_id] = health;
    streaks_.erase(service_id);
  }
  return Status{service_id, address->port, health};
}

HealthChecks::Asked HealthChecks::whom_to_ask(
    const Registry& registry, const std::optional<std::vector<std::string>>& only) const {
  Asked asked;
  const auto add = [&](const std::string& service_id) {
    const auto* assignment = registry.assignment(service_id);
    if (!assignment || assignment->key.protocol != Protocol::tcp) return;
    if (const auto address = contact(registry, service_id)) {
      asked.addresses.push_back(*address);
      asked.keys.push_back(assignment->key);
    }
  };
  if (only) {
    for (const auto& service_id : *only) add(service_id);
  } else {
    for (const auto& [service_id, service] : registry.services().sorted()) add(service_id);
  }
  return asked;
}

Expected<HealthChecks::Round> HealthChecks::check_all(
    const ChangeContext& context, const std::optional<std::vector<std::string>>& only) {
  const auto registry = store_.snapshot();
  const auto asked = whom_to_ask(*registry, only);
  const auto replies = client_.health_of_all(asked.addresses, timeout_);
  const auto now = clock_.now();
  Round round;
  round.asked = static_cast<int>(replies.size());
  std::vector<PutHealth> changes;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < replies.size(); ++i) {
      const auto& service_id = asked.addresses[i].service_id;
      const auto& reply = replies[i];
      const auto* known = registry->health(service_id);
      const auto before = known ? known->status : HealthStatus::unknown;
      auto& streak = streaks_[service_id];
      const auto status = next_status(before, is_well(reply, service_id),
                                      reply.reach != Reach::not_listening, streak);
      last_seen_[service_id] =
          Health{seen_status(reply, service_id), detail_of(reply, service_id), now};
      if (streak.against > 0) round.contradicted.push_back(service_id);
      if (is_other(reply, service_id)) round.imposters.push_back(asked.keys[i]);
      if (status == before) continue;
      changes.push_back(
          {service_id, asked.addresses[i].port, Health{status, detail_of(reply, service_id), now}});
    }
    std::erase_if(streaks_, [&](const auto& each) { return !registry->service(each.first); });
    std::erase_if(last_seen_, [&](const auto& each) { return !registry->service(each.first); });
  }
  round.changed = static_cast<int>(changes.size());
  if (changes.empty()) return round;
  const auto committed = store_.commit(context, [&](Draft& draft) -> Expected<void> {
    draft.set_action("health");
    for (const auto& change : changes) {
      if (draft.registry().service(change.service_id)) draft.apply(change);
    }
    return {};
  });
  if (!committed) {
    // The next round finds it again, without counting anew.
    const std::lock_guard lock(mutex_);
    for (const auto& change : changes) streaks_[change.service_id].against = health_threshold - 1;
    return tl::unexpected(committed.error());
  }
  return round;
}

Expected<HealthChecks::Status> HealthChecks::status(const std::string& service_id) const {
  const auto registry = store_.snapshot();
  if (!registry->service(service_id)) return tl::unexpected(detail::unknown_service(service_id));
  return known(*registry, service_id);
}

std::vector<HealthChecks::Status> HealthChecks::statuses() const {
  const auto registry = store_.snapshot();
  std::vector<Status> all;
  for (const auto& [service_id, service] : registry->services().sorted()) {
    all.push_back(known(*registry, service_id));
  }
  return all;
}

Expected<std::string> HealthChecks::restart(const std::string& service_id) {
  const auto registry = store_.snapshot();
  if (!registry->service(service_id)) return tl::unexpected(detail::unknown_service(service_id));
  if (agent_) {
    const auto reply = agent_->restart(service_id);
    if (reply.accepted) return "The restart of " + service_id + " is accepted: " + reply.message;
  }
  const auto address = contact(*registry, service_id);
  if (!address) return tl::unexpected(address.error());
  const auto reply = client_.restart(*address);
  if (reply.accepted) return service_id + " accepted the restart: " + reply.message;
  const auto code = reply.reach == Reach::answered    ? ErrorCode::service_refused
                    : reply.reach == Reach::timed_out ? ErrorCode::service_timeout
                                                      : ErrorCode::service_unreachable;
  return fail(code, service_id + " on port " + to_string(address->port) + " did not restart: " +
                        reply.message + ". Look at its log, or start it by hand.");
}

}  // namespace pm
