#pragma once

#include <string>

#include "exporters/exported_suite.h"
#include "exporters/fixtures.h"

namespace pm::test {

inline void put_service(Registry& registry, const std::string& service_id,
                        const std::string& name = {}, const std::string& category = {}) {
  Service service;
  service.service_id = service_id;
  service.name = name;
  service.category = category;
  registry.apply(PutService{service});
}

inline void put_port(Registry& registry, const std::string& service_id, const PortKey& key) {
  Assignment assignment;
  assignment.service_id = service_id;
  assignment.key = key;
  assignment.contested = !registry.holders(key).empty();
  assignment.sequence = registry.next_sequence();
  registry.apply(PutAssignment{assignment});
}

inline PortKey key_of(int port, const std::string& host = std::string(local_host),
                      Protocol protocol = Protocol::tcp) {
  return {host, protocol, Port::clamped(port)};
}

/// Of every kind one: with a port here, with a name that wants quoting, on other hosts, by UDP,
/// with a port that another had first, without a port.
inline Registry registry_of_all_kinds() {
  auto registry = empty_registry();
  put_service(registry, "legalai-pro", "LegalAI Pro", "foundation");
  put_service(registry, "passport", "It's a \"name\",\n$HOME `id` ä");
  put_service(registry, "far");
  put_service(registry, "six");
  put_service(registry, "dns");
  put_service(registry, "twin");
  put_service(registry, "billing");
  put_port(registry, "legalai-pro", key_of(8000));
  put_port(registry, "passport", key_of(8007));
  put_port(registry, "far", key_of(8300, "node-7.example"));
  put_port(registry, "six", key_of(8301, "fd00::7"));
  put_port(registry, "dns", key_of(8053, std::string(local_host), Protocol::udp));
  put_port(registry, "twin", key_of(8000));
  registry.set_revision(41);
  return registry;
}

inline ExportedSuite suite_of(const Registry& registry, const ExportScope& scope = {},
                              const std::string& host_pattern = "127.0.0.1") {
  auto suite = exported_suite(registry, AddressBook(host_pattern), scope, FixedClock().now());
  EXPECT_TRUE(suite) << suite.error().message;
  return suite.value_or(ExportedSuite{});
}

inline ExportedSuite suite_of_all_kinds() {
  return suite_of(registry_of_all_kinds());
}

}  // namespace pm::test
