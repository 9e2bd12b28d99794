#include "exporters/prometheus_format.h"

#include "app/strict_json.h"

namespace pm {

std::string render_prometheus(const ExportedSuite& suite) {
  auto groups = Json::array();
  for (const auto* service : reachable(suite, false).taken) {
    groups.push_back({{"targets", Json::array({service->address()})},
                      {"labels",
                       {{"service_id", service->service_id},
                        {"__meta_portmanager_name", service->name},
                        {"__meta_portmanager_category", service->category},
                        {"__meta_portmanager_health_endpoint", service->health_endpoint}}}});
  }
  return groups.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pm
