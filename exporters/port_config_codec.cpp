#include "exporters/port_config_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "app/rfc3339.h"
#include "app/strict_json.h"
#include "domain/config_rules.h"
#include "domain/service_id.h"

namespace pm {
namespace {

constexpr std::string_view assignments_name = "port_assignments";
constexpr std::string_view history_name = "port_history";
constexpr std::string_view reserved_name = "reserved_ports";
constexpr std::string_view places_name = "assignment_places";
constexpr std::string_view details_name = "reservation_details";
constexpr std::array own_names = {assignments_name, history_name, reserved_name, places_name,
                                  details_name};
constexpr std::array<std::string_view, 2> time_names = {"last_updated", "backup_timestamp"};

bool is_own_member(std::string_view name) {
  return std::find(own_names.begin(), own_names.end(), name) != own_names.end() ||
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

/// The text of an optional member of an object.
Expected<std::string> read_text(const Json& object, std::string_view name,
                                const std::string& field) {
  const auto* text = member(object, name);
  if (!text) return std::string();
  if (!text->is_string()) return wrong_type(fmt::format("{}.{}", field, name), "a string", *text);
  return text->get<std::string>();
}

/// An error of a value that is named otherwise where it is checked.
tl::unexpected<Error> renamed(Error error, const std::string& field) {
  error.message = fmt::format("{}: {}", field, error.message);
  error.field = field;
  return tl::unexpected(std::move(error));
}

Expected<PortPlace> read_place(const Json& value, const std::string& field) {
  if (!value.is_object()) return wrong_type(field, "an object", value);
  const auto host = read_text(value, "host", field);
  if (!host) return tl::unexpected(host.error());
  const auto protocol = read_text(value, "protocol", field);
  if (!protocol) return tl::unexpected(protocol.error());
  PortPlace place;
  if (!host->empty()) {
    auto checked = host_from(*host);
    if (!checked) return renamed(checked.error(), field + ".host");
    place.host = std::move(*checked);
  }
  if (!protocol->empty()) {
    const auto checked = protocol_from(*protocol);
    if (!checked) return renamed(checked.error(), field + ".protocol");
    place.protocol = *checked;
  }
  return place;
}

Expected<ReservationDetails> read_details(const Json& value, const std::string& field) {
  if (!value.is_object()) return wrong_type(field, "an object", value);
  auto reason = read_text(value, "reason", field);
  if (!reason) return tl::unexpected(reason.error());
  auto service_id = read_text(value, "service_id", field);
  if (!service_id) return tl::unexpected(service_id.error());
  if (!service_id->empty()) {
    const auto checked = check_service_id(*service_id, field + ".service_id");
    if (!checked) return tl::unexpected(checked.error());
  }
  const auto* hold = member(value, "hold");
  if (hold && !hold->is_boolean()) return wrong_type(field + ".hold", "true or false", *hold);
  return ReservationDetails{std::move(*reason), std::move(*service_id), hold && hold->get<bool>()};
}

/// Only its plain form, so that a port has one name.
std::optional<std::int64_t> number_in(const std::string& text) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const bool is_plain = error == std::errc() && stop == end && std::to_string(number) == text;
  return is_plain ? std::optional(number) : std::nullopt;
}

Expected<std::map<Port, ReservationDetails>> read_reservation_details(const Json& object) {
  if (!object.is_object()) return wrong_type(std::string(details_name), "an object", object);
  std::map<Port, ReservationDetails> all;
  for (const auto& [name, value] : object.items()) {
    const auto field = fmt::format("{}.{}", details_name, name);
    const auto number = number_in(name);
    const auto port = read_port(number ? Json(*number) : Json(name), field);
    if (!port) return tl::unexpected(port.error());
    auto details = read_details(value, field);
    if (!details) return tl::unexpected(std::move(details.error()));
    all.insert_or_assign(*port, std::move(*details));
  }
  return all;
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
  if (const auto* places = member(root, places_name)) {
    auto all = read_by_service<PortPlace>(*places, places_name, read_place);
    if (!all) return tl::unexpected(std::move(all.error()));
    config.assignment_places = {all->begin(), all->end()};
  }
  if (const auto* details = member(root, details_name)) {
    auto all = read_reservation_details(*details);
    if (!all) return tl::unexpected(std::move(all.error()));
    config.reservation_details = std::move(*all);
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

Json render_places(const std::vector<const Assignment*>& assignments) {
  Json::object_t json;
  for (const auto* assignment : assignments) {
    const auto& key = assignment->key;
    if (is_local(key) && key.protocol == Protocol::tcp) continue;
    json.emplace_back(assignment->service_id,
                      Json{{"host", key.host}, {"protocol", to_string(key.protocol)}});
  }
  return json;
}

Json render_reserved(const std::vector<Reservation>& reservations) {
  auto json = Json::array();
  for (const auto& reservation : reservations) json.push_back(reservation.key.port.value());
  return json;
}

Json render_details(const std::vector<Reservation>& reservations) {
  Json::object_t json;
  for (const auto& reservation : reservations) {
    Json::object_t details;
    if (!reservation.reason.empty()) details.emplace_back("reason", reservation.reason);
    if (!reservation.service_id.empty()) {
      details.emplace_back("service_id", reservation.service_id);
    }
    if (reservation.hold) details.emplace_back("hold", true);
    if (!details.empty()) {
      json.emplace_back(to_string(reservation.key.port), std::move(details));
    }
  }
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
  const auto reservations = permanent_reservations(registry);
  root.emplace_back(reserved_name, render_reserved(reservations));
  const auto add_if_any = [&](std::string_view name, Json members) {
    if (!members.empty()) root.emplace_back(name, std::move(members));
  };
  add_if_any(places_name, render_places(assignments));
  add_if_any(details_name, render_details(reservations));
  // What is no object here did not come from parse_port_config(), and has no place in the file.
  const auto unknown = Json::parse(registry.unknown_members(), nullptr, false);
  if (unknown.is_object()) {
    for (const auto& [name, value] : unknown.items()) {
      if (!is_own_member(name)) root.emplace_back(name, value);
    }
  }
  root.emplace_back(time_member, to_rfc3339_seconds(at));
  return Json(std::move(root)).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pm
