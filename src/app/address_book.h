#pragma once

#include <string>

#include "app/service_client.h"
#include "domain/registry.h"

namespace pm {

/// Where services are contacted: the host of their port when that is another machine, else the
/// registered host, else the configured pattern, in which
/// "{service_id}" stands for the id (containers are often named so). Immutable, so thread-safe.
class AddressBook {
 public:
  explicit AddressBook(std::string host_pattern) : host_pattern_(std::move(host_pattern)) {}

  ServiceAddress address(const Registry& registry, const std::string& service_id, Port port) const;

 private:
  std::string host_pattern_;
};

}  // namespace pm
