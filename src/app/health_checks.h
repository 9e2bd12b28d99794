#pragma once

#include <chrono>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/address_book.h"
#include "app/clock.h"
#include "app/restart_agent.h"
#include "app/service_client.h"
#include "app/store.h"
#include "domain/health_rules.h"

namespace pm {

/// What is known of the services' health. A change of status is recorded; a check that finds what
/// was known only renews the time and the detail, which a restart forgets. Thread-safe.
class HealthChecks {
 public:
  /// `timeout`: of a service's answer in a round. `agent`: asked to restart a service before the
  /// service itself is; null: nobody.
  HealthChecks(Store& store, ServiceClient& client, const AddressBook& addresses,
               const Clock& clock, std::chrono::milliseconds timeout = std::chrono::seconds(5),
               RestartAgent* agent = nullptr)
      : store_(store),
        client_(client),
        addresses_(addresses),
        clock_(clock),
        timeout_(timeout),
        agent_(agent) {}

  struct Status {
    std::string service_id;
    std::optional<Port> port;
    Health health;
  };

  /// Asks the service now; whoever asks while it is being asked gets the same answer. Errors:
  /// unknown_service; unknown_port when it has none, or none of TCP.
  Expected<Status> check(const ChangeContext& context, const std::string& service_id);
  /// What a round of checks came to.
  struct Round {
    int asked{0};
    int changed{0};
    /// Services whose status the check contradicted without changing it yet: worth a second look
    /// soon.
    std::vector<std::string> contradicted;
    /// Ports of services that somebody else answered on.
    std::vector<PortKey> imposters;
  };
  /// Asks the services named, or all that have a TCP port, at once, and records what has changed
  /// (next_status) in one commit. Blocks for about the health time-out. Error: it could not be
  /// recorded; the next round finds it again.
  Expected<Round> check_all(const ChangeContext& context,
                            const std::optional<std::vector<std::string>>& only = std::nullopt);

  /// As last seen. Errors: unknown_service.
  Expected<Status> status(const std::string& service_id) const;
  /// Of every service, in the order of their ids.
  std::vector<Status> statuses() const;

  /// Has the service restarted: by the agent, or, when there is none or it does not accept, by
  /// telling the service itself. Answers who accepted it. Errors: unknown_service, unknown_port,
  /// and why it did not.
  Expected<std::string> restart(const std::string& service_id);

 private:
  Expected<Status> ask(const ChangeContext& context, const std::string& service_id);
  Status known(const Registry& registry, const std::string& service_id) const;
  struct Asked {
    std::vector<ServiceAddress> addresses;
    std::vector<PortKey> keys;
  };
  Asked whom_to_ask(const Registry& registry,
                    const std::optional<std::vector<std::string>>& only) const;
  Expected<ServiceAddress> contact(const Registry& registry, const std::string& service_id) const;

  Store& store_;
  ServiceClient& client_;
  const AddressBook& addresses_;
  const Clock& clock_;
  const std::chrono::milliseconds timeout_;
  RestartAgent* const agent_;
  mutable std::mutex mutex_;
  std::map<std::string, Health> last_seen_;  ///< as the last check found it, recorded or not
  std::map<std::string, HealthStreak> streaks_;
  std::map<std::string, std::shared_future<Expected<Status>>> asked_;
};

}  // namespace pm
