#include "app/health_checks.h"

#include "domain/assignment_rules.h"

namespace pm {

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
  return addresses_.address(registry, service_id, present->key.port);
}

HealthChecks::Status HealthChecks::known(const Registry& registry,
                                         const std::string& service_id) const {
  Status status;
  status.service_id = service_id;
  if (const auto* present = registry.assignment(service_id)) status.port = present->key.port;
  if (const auto* health = registry.health(service_id)) status.health = *health;
  const std::lock_guard lock(mutex_);
  const auto seen = last_checked_.find(service_id);
  if (seen != last_checked_.end() && seen->second > status.health.last_checked) {
    status.health.last_checked = seen->second;
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
  Health health;
  health.last_checked = clock_.now();
  const bool is_other = reply.identity && *reply.identity != service_id;
  health.status = reply.healthy && !is_other ? HealthStatus::healthy : HealthStatus::unhealthy;
  health.detail = is_other ? "answered by " + *reply.identity : reply.message;

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
    last_checked_[service_id] = health.last_checked;
  }
  return Status{service_id, address->port, health};
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
  const auto address = contact(*store_.snapshot(), service_id);
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
