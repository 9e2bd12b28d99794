#include "app/discovery.h"

#include <map>

namespace pm {
namespace {

using All = std::map<std::string, Discovered>;

Discovered& entry(All& all, const std::string& service_id, const char* source) {
  auto& found = all[service_id];
  found.service_id = service_id;
  found.sources.emplace_back(source);
  return found;
}

void add_registered(const Registry& registry, All& all) {
  registry.services().for_each([&](const std::string& service_id, const Service& service) {
    auto& found = entry(all, service_id, "registry");
    found.name = service.name;
    found.host = service.host.value_or("");
    found.registered = true;
    if (const auto* assignment = registry.assignment(service_id)) {
      found.port = assignment->key.port;
      if (found.host.empty()) found.host = assignment->key.host;
    }
  });
}

void add_listed(const std::vector<ListedService>& listed, All& all) {
  for (const auto& service : listed) {
    const auto known = all.find(service.service_id);
    if (known != all.end() && known->second.sources.back() == "hub") continue;
    auto& found = entry(all, service.service_id, "hub");
    if (found.name.empty()) found.name = service.name;
    if (found.host.empty()) found.host = service.host;
    if (!found.port) found.port = service.port;
  }
}

void add_listeners(const std::map<std::string, std::vector<ListenerTable::Row>>& by_name,
                   All& all) {
  for (const auto& [service_id, rows] : by_name) {
    auto& found = entry(all, service_id, "listener");
    found.running = true;
    found.listener = *rows.front();
    // Where it is seen to listen counts for more than where Hub's list has it.
    if (!found.registered || !found.port) found.port = rows.front()->port;
    if (!found.registered || found.host.empty()) found.host = std::string(local_host);
  }
}

}  // namespace

Discovery::Found Discovery::discover() {
  Found result;
  if (auto looked = watch_.look(); !looked) {
    result.warnings.push_back("This host's listeners are not known: " + looked.error().message);
  }
  const auto registry = store_.snapshot();
  All all;
  add_registered(*registry, all);
  if (hub_.is_configured()) {
    if (const auto listed = hub_.services()) {
      add_listed(*listed, all);
    } else {
      result.warnings.push_back(listed.error().message);
    }
  }
  const auto sight = watch_.sight();
  add_listeners(sight->of_service, all);
  add_listeners(sight->unregistered, all);
  for (auto& [service_id, found] : all) {
    if (found.name.empty()) found.name = service_id;
    result.services.push_back(std::move(found));
  }
  result.revision = registry->revision();
  return result;
}

}  // namespace pm
