#include "http/body_members.h"

#include <charconv>

#include "app/rfc3339.h"

namespace pm {
namespace {

constexpr std::size_t max_string = 1'000;

/// The integer; the largest there is for one beyond the signed range, which would wrap around.
std::int64_t to_integer(const Json& value) {
  const bool huge = value.is_number_unsigned() &&
                    value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  return huge ? INT64_MAX : value.get<std::int64_t>();
}

}  // namespace

Expected<BodyMembers> BodyMembers::read(const HttpRequest& request, Body body) {
  if (request.body.empty()) {
    if (body == Body::optional) return BodyMembers(Json::object());
    return fail(ErrorCode::invalid_json,
                "The request has no body; send a JSON object with "
                "\"Content-Type: application/json\".");
  }
  auto parsed = parse_strict(request.body, "The request body");
  if (!parsed) return tl::unexpected(parsed.error());
  if (!parsed->is_object()) {
    return fail(
        ErrorCode::invalid_shape,
        std::string("The request body must be a JSON object, not ") + parsed->type_name() + ".");
  }
  return BodyMembers(std::move(*parsed));
}

const Json* BodyMembers::find(const char* name) const {
  const auto found = body_.find(name);
  return found == body_.end() || found->is_null() ? nullptr : &*found;
}

bool BodyMembers::has(const char* name) const {
  return find(name) != nullptr;
}

const Json* BodyMembers::find_required(const char* name, const char* type) {
  const auto* value = find(name);
  if (!value && !error_) {
    error_ = Error{ErrorCode::invalid_shape,
                   std::string("The member \"") + name + "\" is missing; it must be " + type + ".",
                   name};
  }
  return value;
}

void BodyMembers::wrong(const std::string& name, const std::string& type) {
  if (error_) return;
  error_ =
      Error{ErrorCode::invalid_shape, "The member \"" + name + "\" must be " + type + ".", name};
}

std::string BodyMembers::string(const char* name) {
  if (!find_required(name, "a string")) return {};
  return optional_string(name).value_or("");
}

std::optional<std::string> BodyMembers::optional_string(const char* name) {
  const auto* value = find(name);
  if (!value) return std::nullopt;
  if (!value->is_string()) {
    wrong(name, "a string");
    return std::nullopt;
  }
  auto text = value->get<std::string>();
  if (text.size() > max_string) {
    if (!error_) {
      error_ = Error{ErrorCode::out_of_bounds,
                     std::string("The member \"") + name + "\" is longer than 1,000 bytes.", name};
    }
    return std::nullopt;
  }
  return text;
}

std::optional<Port> BodyMembers::to_port(const std::string& name, const Json& value) {
  if (!value.is_number_integer()) {
    wrong(name, "an integer from 1024 to 65535");
    return std::nullopt;
  }
  auto port = Port::from(to_integer(value), name);
  if (port) return *port;
  if (!error_) error_ = port.error();
  return std::nullopt;
}

std::optional<Port> BodyMembers::optional_port(const char* name) {
  const auto* value = find(name);
  return value ? to_port(name, *value) : std::nullopt;
}

Port BodyMembers::port(const char* name) {
  const auto* value = find_required(name, "an integer from 1024 to 65535");
  const auto port = value ? to_port(name, *value) : std::nullopt;
  return port.value_or(Port::clamped(Port::lowest));
}

std::optional<std::int64_t> BodyMembers::optional_integer(const char* name) {
  const auto* value = find(name);
  if (!value) return std::nullopt;
  if (!value->is_number_integer()) {
    wrong(name, "an integer");
    return std::nullopt;
  }
  return to_integer(*value);
}

bool BodyMembers::flag(const char* name, bool otherwise) {
  const auto* value = find(name);
  if (!value) return otherwise;
  if (!value->is_boolean()) {
    wrong(name, "true or false");
    return otherwise;
  }
  return value->get<bool>();
}

std::vector<std::pair<std::string, Port>> BodyMembers::ports(const char* name) {
  static constexpr const char* shape = "an object of service ids and their ports";
  std::vector<std::pair<std::string, Port>> all;
  const auto* value = find_required(name, shape);
  if (!value) return all;
  if (!value->is_object() || value->empty()) {
    wrong(name, shape);
    return all;
  }
  for (const auto& [key, each] : value->items()) {
    const auto port = to_port(std::string(name) + "." + key, each);
    if (port) all.emplace_back(key, *port);
  }
  return all;
}

Expected<std::int64_t> integer_param(const std::string& text, const std::string& name,
                                     std::int64_t lowest, std::int64_t highest) {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc{} && stop == end && value >= lowest && value <= highest) return value;
  return fail(ErrorCode::out_of_bounds,
              name + " is \"" + text + "\"; it must be a whole number from " +
                  std::to_string(lowest) + " to " + std::to_string(highest) + ".",
              name);
}

Expected<Port> port_param(const std::string& text, const std::string& name) {
  return integer_param(text, name, Port::lowest, Port::highest).map(&Port::clamped);
}

Expected<std::int64_t> query_integer(const HttpRequest& request, const std::string& name,
                                     std::int64_t otherwise, std::int64_t lowest,
                                     std::int64_t highest) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return otherwise;
  return integer_param(found->second, name, lowest, highest);
}

Expected<std::optional<Timestamp>> query_time(const HttpRequest& request, const std::string& name) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return std::nullopt;
  const auto time = from_rfc3339(found->second);
  if (time) return *time;
  return fail(
      ErrorCode::out_of_bounds,
      name + " is \"" + found->second + "\"; it must be a time in UTC like 2026-01-31T12:00:00Z.",
      name);
}

}  // namespace pm
