#include "app/address_book.h"

namespace pm {

ServiceAddress AddressBook::address(const Registry& registry, const std::string& service_id,
                                    Port port) const {
  static constexpr std::string_view placeholder = "{service_id}";
  ServiceAddress address;
  address.service_id = service_id;
  address.port = port;
  address.host = host_pattern_;
  if (const auto at = address.host.find(placeholder); at != std::string::npos) {
    address.host.replace(at, placeholder.size(), service_id);
  }
  if (const auto* service = registry.service(service_id)) {
    if (service->host) address.host = *service->host;
    address.health_endpoint = service->health_endpoint;
  }
  // A port on another machine is contacted there, whatever else is known.
  const auto* assignment = registry.assignment(service_id);
  if (assignment && !is_local(assignment->key)) address.host = assignment->key.host;
  return address;
}

}  // namespace pm
