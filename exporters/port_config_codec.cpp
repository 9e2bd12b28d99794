#include "exporters/port_config_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "app/rfc3339.h"
#include "app/strict_json.h"
#include "domain/service_id.h"

namespace pm {
namespace {

constexpr std::string_view assignments_name = "port_assignments";
constexpr std::string_view history_name = "port_history";
constexpr std::string_view reserved_name = "reserved_ports";
constexpr std::array<std::string_view, 2> time_names = {"last_updated", "backup_timestamp"};

bool is_own_member(std::string_view name) {
  return name == assignments_name || name == history_name || name == reserved_name ||
         std::find(time_names.begin(), time_names.end(), name) != time_names.end();
}

/// The member, or nothing when it is left out or null.
const Json* member(const Json& object, std::string_view name) {
  const auto it = object.find(name);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

tl::unexpected<Error> wrong_type(const std::string& field, std::string_view expected,
                                 const Json& found) {
  return fail(ErrorCode::invalid_shape,
              fmt::format("{} must be {}, not {}.", field, expected, found.type_name()), field);
}

/// A number that is written without a fraction and does not fit 64 bits is read as a float.
bool is_beyond_64_bits(const Json& value) {
  if (value.is_number_float()) return std::abs(value.get<double>()) >= 0x1p63;
  return value.is_number_unsigned() &&
         value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max();
}

Expected<Port> read_port(const Json& value, const std::string& field) {
  if (is_beyond_64_bits(value)) {
    return fail(ErrorCode::out_of_bounds,
                fmt::format("{} is {}; a port must be between {} and {}.", field, value.dump(),
                            Port::lowest, Port::highest),
                field);
  }
  if (!value.is_number_integer()) return wrong_type(field, "an integer", value);
  return Port::from(value.get<std::int64_t>(), field);
}

Expected<std::vector<Port>> read_ports(const Json& value, const std::string& field) {
  if (!value.is_array()) return wrong_type(field, "an array of integers", value);
  std::vector<Port> ports;
  ports.reserve(value.size());
  for (const auto& item : value) {
    const auto port = read_port(item, fmt::format("{}[{}]", field, ports.size()));
    if (!port) return tl::unexpected(port.error());
    ports.push_back(*port);
  }
  return ports;
}

/// Reads an object of service ids with `read_value(value, field)`.
template <typename Value, typename ReadValue>
Expected<std::vector<std::pair<std::string, Value>>> read_by_service(const Json& object,
                                                                     std::string_view name,
                                                                     ReadValue read_value) {
  if (!object.is_object()) return wrong_type(std::string(name), "an object", object);
  std::vector<std::pair<std::string, Value>> all;
  all.reserve(object.size());
  for (const auto& [service_id, value] : object.items()) {
    if (auto id = check_service_id(service_id, "A service id"); !id) {
      return fail(
          id.error().code,
          fmt::format(
              "{} names a service {}. {}", name,
              Json(service_id.substr(0, 128)).dump(-1, ' ', false, Json::error_handler_t::ignore),
              id.error().message),
          std::string(name));
    }
    auto read = read_value(value, fmt::format("{}.{}", name, service_id));
    if (!read) return tl::unexpected(std::move(read.error()));
    all.emplace_back(service_id, std::move(*read));
  }
  return all;
}

Expected<std::vector<Port>> read_reserved(const Json& value) {
  const std::string field(reserved_name);
  auto ports = read_ports(value, field);
  if (!ports) return ports;
  std::set<Port> seen;
  for (const auto port : *ports) {
    if (seen.insert(port).second) continue;
    return fail(ErrorCode::invalid_shape,
                fmt::format("{} lists {} twice. List it once.", field, port.value()), field);
  }
  return ports;
}

std::string unknown_members_of(const Json& root) {
  Json::object_t unknown;
  for (const auto& [name, value] : root.items()) {
    if (!is_own_member(name)) unknown.emplace_back(name, value);
  }
  return unknown.empty() ? std::string() : Json(std::move(unknown)).dump();
}

Expected<PortConfig> read_config(const Json& root) {
  if (!root.is_object()) {
    return fail(ErrorCode::invalid_shape,
                fmt::format("the top level must be an object, not {}.", root.type_name()));
  }
  PortConfig config;
  const auto assignments = root.find(assignments_name);
  if (assignments == root.end()) {
    return fail(ErrorCode::invalid_shape,
                fmt::format("{0} is missing; \"{0}\": {{}} stands for none.", assignments_name),
                std::string(assignments_name));
  }
  auto ports = read_by_service<Port>(*assignments, assignments_name, read_port);
  if (!ports) return tl::unexpected(std::move(ports.error()));
  config.port_assignments = std::move(*ports);

  if (const auto* history = member(root, history_name)) {
    auto lists = read_by_service<std::vector<Port>>(*history, history_name, read_ports);
    if (!lists) return tl::unexpected(std::move(lists.error()));
    config.port_history = std::move(*lists);
  }
  if (const auto* reserved = member(root, reserved_name)) {
    auto list = read_reserved(*reserved);
    if (!list) return tl::unexpected(std::move(list.error()));
    config.reserved_ports = std::move(*list);
  }
  for (const auto name : time_names) {
    const auto* time = member(root, name);
    if (time && !time->is_string()) return wrong_type(std::string(name), "a string", *time);
  }
  config.unknown_members = unknown_members_of(root);
  return config;
}

std::vector<const Assignment*> by_age(const Registry& registry) {
  std::vector<const Assignment*> all;
  all.reserve(registry.assignments().size());
  registry.assignments().for_each(
      [&](const std::string&, const Assignment& assignment) { all.push_back(&assignment); });
  std::sort(all.begin(), all.end(), [](const Assignment* a, const Assignment* b) {
    return std::tie(a->sequence, a->service_id) < std::tie(b->sequence, b->service_id);
  });
  return all;
}

Json to_json(const std::vector<Port>& ports) {
  auto json = Json::array();
  for (const auto port : ports) json.push_back(port.value());
  return json;
}

// The objects below are filled with emplace_back because ordered_map's own insertions search all
// members first: quadratic with thousands of services.

Json render_assignments(const std::vector<const Assignment*>& assignments) {
  Json::object_t json;
  for (const auto* assignment : assignments) {
    json.emplace_back(assignment->service_id, assignment->key.port.value());
  }
  return json;
}

Json render_history(const Registry& registry, const std::vector<const Assignment*>& assignments) {
  Json::object_t json;
  const auto add = [&](const std::string& service_id, const std::vector<Port>& ports) {
    if (!ports.empty()) json.emplace_back(service_id, to_json(ports));
  };
  for (const auto* assignment : assignments) {
    const auto* ports = registry.all_held_ports().find(assignment->service_id);
    if (ports) add(assignment->service_id, *ports);
  }
  std::map<std::string, const std::vector<Port>*> others;
  registry.all_held_ports().for_each(
      [&](const std::string& service_id, const std::vector<Port>& ports) {
        if (!registry.assignment(service_id)) others.emplace(service_id, &ports);
      });
  for (const auto& [service_id, ports] : others) add(service_id, *ports);
  return json;
}

Json render_reserved(const Registry& registry) {
  std::vector<std::pair<std::int64_t, Port>> permanent;
  registry.reservations().for_each([&](const PortKey& key, const Reservation& reservation) {
    if (key.protocol == Protocol::tcp && is_local(key) && !reservation.expires_at) {
      permanent.emplace_back(reservation.sequence, key.port);
    }
  });
  std::sort(permanent.begin(), permanent.end());
  auto json = Json::array();
  for (const auto& [sequence, port] : permanent) json.push_back(port.value());
  return json;
}

}  // namespace

Expected<PortConfig> parse_port_config(std::string_view text, std::string_view what) {
  const auto root = parse_strict(text, what);
  if (!root) return tl::unexpected(root.error());
  return read_config(*root).map_error([&](Error error) {
    error.message = fmt::format("{}: {}", what, error.message);
    return error;
  });
}

std::string render_port_config(const Registry& registry, Timestamp at,
                               std::string_view time_member) {
  const auto assignments = by_age(registry);
  Json::object_t root;
  root.emplace_back(assignments_name, render_assignments(assignments));
  root.emplace_back(history_name, render_history(registry, assignments));
  root.emplace_back(reserved_name, render_reserved(registry));
  // What is no object here did not come from parse_port_config(), and has no place in the file.
  const auto unknown = Json::parse(registry.unknown_members(), nullptr, false);
  if (unknown.is_object()) {
    for (const auto& [name, value] : unknown.items()) {
      if (!is_own_member(name)) root.emplace_back(name, value);
    }
  }
  root.emplace_back(time_member, to_rfc3339_seconds(at));
  return Json(std::move(root)).dump(2) + "\n";
}

}  // namespace pm
