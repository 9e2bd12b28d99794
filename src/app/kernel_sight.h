#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/listener_table.h"

namespace pm {

/// What one look at the kernel found. Immutable once published.
struct KernelSight {
  std::shared_ptr<const ListenerTable> table{std::make_shared<const ListenerTable>()};
  /// Where each service of the registry really listens, its own port or another.
  std::map<std::string, std::vector<ListenerTable::Row>> of_service;
  /// The listeners that name themselves as no service of the registry, by that name.
  std::map<std::string, std::vector<ListenerTable::Row>> unregistered;

  /// The service listens on the port, as itself.
  bool is_on(const std::string& service_id, const PortKey& key) const;
};

}  // namespace pm
