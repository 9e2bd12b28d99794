#include "exporters/compose_format.h"

#include "app/strict_json.h"
#include "domain/text.h"
#include "exporters/comment_lines.h"

namespace pm {
namespace {

bool is_container(const ExportedService& service) {
  return service.host == ascii_lower(service.service_id);
}

Json definition(const ExportedService& service) {
  const auto number = std::to_string(service.port());
  const auto port = service.is_udp() ? number + "/udp" : number;
  Json json = {{"environment", {{"PORT", number}}}};
  if (is_container(service)) {
    json["expose"] = Json::array({port});
  } else {
    // The short form: older releases of docker compose know no `host_ip` in the long one.
    json["ports"] = Json::array({"${PORTS_HOST_IP:-127.0.0.1}:" + number + ":" + port});
  }
  return json;
}

}  // namespace

std::string render_compose(const ExportedSuite& suite) {
  auto selection = reachable(suite, true);
  Json::object_t services;
  for (const auto* service : selection.taken) {
    if (is_local(*service->key) || is_container(*service)) {
      services.emplace_back(service->service_id, definition(*service));
    } else {
      selection.left_out.push_back(
          {service->service_id, describe(*service->key) + " is another machine's"});
    }
  }
  const Json root = {{"services", std::move(services)}};
  return comment_header(suite, "compose",
                        "The ports of the suite's services: an override file for docker compose.",
                        selection.left_out) +
         root.dump(2) + "\n";
}

}  // namespace pm
