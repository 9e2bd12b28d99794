#include "suite/service_list.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "app/strict_json.h"
#include "domain/service_id.h"

namespace pm {
namespace {

/// The text of the first member that is one; "" without.
template <std::size_t count>
std::string text_of(const Json& object, const std::array<const char*, count>& names) {
  for (const char* name : names) {
    const auto it = object.find(name);
    if (it != object.end() && it->is_string() && !it->get_ref<const std::string&>().empty()) {
      return it->get<std::string>();
    }
  }
  return {};
}

std::optional<Port> port_of(const Json& object) {
  const auto it = object.find("port");
  if (it == object.end() || !it->is_number_integer()) return std::nullopt;
  // What is not of 64 bits with a sign is far out of bounds.
  if (it->is_number_unsigned() && it->get<std::uint64_t>() > Port::highest) return std::nullopt;
  const auto port = Port::from(it->get<std::int64_t>());
  return port ? std::optional(*port) : std::nullopt;
}

bool is_path(const std::string& text) {
  return text.starts_with('/') &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

std::optional<ListedService> service_of(const Json& entry, const std::string& key) {
  if (!entry.is_object()) return std::nullopt;
  ListedService service;
  service.service_id = text_of(entry, std::array{"service_id", "id", "name"});
  if (service.service_id.empty()) service.service_id = key;
  if (!check_service_id(service.service_id)) return std::nullopt;
  service.name = text_of(entry, std::array{"service_name", "name"});
  const auto host = host_from(text_of(entry, std::array{"host"}));
  if (host) service.host = *host;
  service.port = port_of(entry);
  service.health_endpoint = text_of(entry, std::array{"health_endpoint"});
  if (!is_path(service.health_endpoint)) service.health_endpoint = "/health";
  return service;
}

}  // namespace

Expected<std::vector<ListedService>> read_service_list(std::string_view text) {
  const auto json = parse_strict(text, "the list");
  if (!json) return tl::unexpected(json.error());
  const Json* entries = &*json;
  if (json->is_object()) {
    const auto it = json->find("services");
    if (it == json->end()) return fail(ErrorCode::invalid_shape, "It has no member \"services\".");
    entries = &*it;
  } else if (!json->is_array()) {
    return fail(ErrorCode::invalid_shape, "It is neither an array nor an object.");
  }
  if (!entries->is_structured()) {
    return fail(ErrorCode::invalid_shape, "Its \"services\" are neither an array nor an object.");
  }
  std::vector<ListedService> services;
  std::set<std::string> seen;
  const auto named = entries->is_object();
  std::size_t looked_at = 0;
  for (const auto& [key, entry] : entries->items()) {
    if (++looked_at > service_list_limit) break;
    auto service = service_of(entry, named ? key : std::string());
    if (service && seen.insert(service->service_id).second) services.push_back(std::move(*service));
  }
  return services;
}

}  // namespace pm
