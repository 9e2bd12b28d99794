#include "exporters/consul_format.h"

#include "app/strict_json.h"

namespace pm {
namespace {

// Consul refuses a longer value of `meta`.
constexpr std::size_t longest_meta = 512;

/// The text, cut before the character that does not fit.
std::string cut(std::string utf8) {
  if (utf8.size() <= longest_meta) return utf8;
  auto end = longest_meta;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(utf8[at]) & 0xc0U) == 0x80U;
  };
  while (end > 0 && continues(end)) --end;
  utf8.resize(end);
  return utf8;
}

Json definition(const ExportedService& service) {
  Json json = {{"id", service.service_id},
               {"name", service.service_id},
               {"address", service.host},
               {"port", service.port()},
               {"tags", Json::array({to_string(service.key->protocol)})},
               {"meta", {{"name", cut(service.name)}, {"category", cut(service.category)}}}};
  if (!service.is_udp()) {
    json["checks"] = Json::array({{{"name", service.service_id + " answers its health check"},
                                   {"http", service.url() + service.health_endpoint},
                                   {"interval", "10s"},
                                   {"timeout", "5s"}}});
  }
  return json;
}

}  // namespace

std::string render_consul(const ExportedSuite& suite) {
  auto services = Json::array();
  for (const auto* service : reachable(suite, true).taken) services.push_back(definition(*service));
  const Json root = {{"services", std::move(services)}};
  return root.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pm
