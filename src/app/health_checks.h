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
#include "app/service_client.h"
#include "app/store.h"

namespace pm {

/// What is known of the services' health. A change of status is recorded; a check that finds what
/// was known only renews the time. Thread-safe.
class HealthChecks {
 public:
  HealthChecks(Store& store, ServiceClient& client, const AddressBook& addresses,
               const Clock& clock)
      : store_(store), client_(client), addresses_(addresses), clock_(clock) {}

  struct Status {
    std::string service_id;
    std::optional<Port> port;
    Health health;
  };

  /// Asks the service now; whoever asks while it is being asked gets the same answer. Errors:
  /// unknown_service; unknown_port when it has none.
  Expected<Status> check(const ChangeContext& context, const std::string& service_id);
  /// As last seen. Errors: unknown_service.
  Expected<Status> status(const std::string& service_id) const;
  /// Of every service, in the order of their ids.
  std::vector<Status> statuses() const;

  /// Tells the service to restart. Errors: unknown_service, unknown_port, and why it did not.
  Expected<std::string> restart(const std::string& service_id);

 private:
  Expected<Status> ask(const ChangeContext& context, const std::string& service_id);
  Status known(const Registry& registry, const std::string& service_id) const;
  Expected<ServiceAddress> contact(const Registry& registry, const std::string& service_id) const;

  Store& store_;
  ServiceClient& client_;
  const AddressBook& addresses_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Timestamp> last_checked_;
  std::map<std::string, std::shared_future<Expected<Status>>> asked_;
};

}  // namespace pm
