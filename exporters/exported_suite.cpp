#include "exporters/exported_suite.h"

#include <algorithm>
#include <set>

namespace pm {
namespace {

std::string without_nul(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '\0'), text.end());
  return text;
}

/// The one of its holders that had the port before all others.
std::string first_holder(const Registry& registry, const Assignment& assignment) {
  const auto holders = registry.holders(assignment.key);
  return holders.empty() ? std::string() : holders.front();
}

Expected<std::string> host_of(const Registry& registry, const AddressBook& addresses,
                              const std::string& service_id, const std::string& own_host) {
  const auto contact = addresses.address(registry, service_id, Port::clamped(Port::lowest)).host;
  auto host = host_from(contact);
  if (!host) {
    return fail(ErrorCode::out_of_bounds,
                "The address of " + service_id + " is \"" + contact +
                    "\", which is no host. Correct --host-pattern, or register the service with a "
                    "host.",
                "host");
  }
  if (*host == local_host && !own_host.empty()) return own_host;
  return host;
}

Expected<ExportedService> exported_service(const Registry& registry, const AddressBook& addresses,
                                           const Service& service, const std::string& own_host) {
  ExportedService exported;
  exported.service_id = service.service_id;
  exported.name = without_nul(service.name.empty() ? service.service_id : service.name);
  exported.category = without_nul(service.category);
  exported.health_endpoint = service.health_endpoint;
  auto host = host_of(registry, addresses, service.service_id, own_host);
  if (!host) return tl::unexpected(std::move(host.error()));
  exported.host = std::move(*host);
  if (const auto* assignment = registry.assignment(service.service_id)) {
    exported.key = assignment->key;
    if (assignment->contested) exported.holder = first_holder(registry, *assignment);
  }
  return exported;
}

Expected<void> check_scope(const Registry& registry, const ExportScope& scope) {
  for (const auto& service_id : scope.services) {
    if (registry.service(service_id)) continue;
    return fail(ErrorCode::unknown_service,
                "services names \"" + service_id +
                    "\", which is not registered. GET /api/services lists those that are.",
                "services");
  }
  return {};
}

}  // namespace

std::string ExportedService::address() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port());
}

Expected<ExportedSuite> exported_suite(const Registry& registry, const AddressBook& addresses,
                                       const ExportScope& scope, Timestamp at) {
  if (auto known = check_scope(registry, scope); !known) return tl::unexpected(known.error());
  const auto own_host = scope.host.empty() ? std::string() : host_from(scope.host);
  if (!own_host) return tl::unexpected(own_host.error());
  const std::set<std::string> wanted(scope.services.begin(), scope.services.end());
  ExportedSuite suite;
  suite.revision = registry.revision();
  suite.at = at;
  for (const auto& [service_id, service] : registry.services().sorted()) {
    suite.all_ids.push_back(service_id);
    if (!wanted.empty() && !wanted.contains(service_id)) continue;
    auto exported = exported_service(registry, addresses, service, *own_host);
    if (!exported) return tl::unexpected(std::move(exported.error()));
    suite.services.push_back(std::move(*exported));
  }
  return suite;
}

Selection with_port(const ExportedSuite& suite) {
  Selection selection;
  for (const auto& service : suite.services) {
    if (service.key) {
      selection.taken.push_back(&service);
    } else {
      selection.left_out.push_back({service.service_id, "it has no port"});
    }
  }
  return selection;
}

Selection reachable(const ExportedSuite& suite, bool udp_too) {
  auto all = with_port(suite);
  Selection selection;
  selection.left_out = std::move(all.left_out);
  for (const auto* service : all.taken) {
    if (!service->holder.empty()) {
      selection.left_out.push_back(
          {service->service_id,
           describe(*service->key) + " is contested, " + service->holder + " had it first"});
    } else if (service->is_udp() && !udp_too) {
      selection.left_out.push_back({service->service_id, describe(*service->key) + " is not TCP"});
    } else {
      selection.taken.push_back(service);
    }
  }
  return selection;
}

}  // namespace pm
