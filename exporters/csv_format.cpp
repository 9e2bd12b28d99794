#include "exporters/csv_format.h"

#include <array>

#include "exporters/quoting.h"

namespace pm {

std::string render_csv(const ExportedSuite& suite) {
  std::string text =
      "service_id,name,category,host,protocol,port,contested_with,health_endpoint\r\n";
  for (const auto& service : suite.services) {
    const std::array<std::string, 8> fields = {service.service_id,
                                               service.name,
                                               service.category,
                                               service.host,
                                               service.key ? to_string(service.key->protocol) : "",
                                               service.key ? to_string(service.key->port) : "",
                                               service.holder,
                                               service.health_endpoint};
    for (std::size_t i = 0; i < fields.size(); ++i) {
      text += csv_field(fields[i]) + (i + 1 < fields.size() ? "," : "\r\n");
    }
  }
  return text;
}

}  // namespace pm
