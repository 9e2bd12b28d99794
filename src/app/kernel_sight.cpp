#include "app/kernel_sight.h"

#include <algorithm>

namespace pm {

bool KernelSight::is_on(const std::string& service_id, const PortKey& key) const {
  const auto found = of_service.find(service_id);
  if (found == of_service.end() || !is_local(key)) return false;
  return std::any_of(found->second.begin(), found->second.end(), [&](const auto& row) {
    return row->protocol == key.protocol && row->port == key.port;
  });
}

}  // namespace pm
