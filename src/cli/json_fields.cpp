#include "cli/json_fields.h"

#include "app/rfc3339.h"

namespace pm {
namespace {

const Json& member(const Json& object, const char* name) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

std::string as_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return {};
}

}  // namespace

std::string text_of(const Json& object, const char* name) {
  return as_text(member(object, name));
}

std::optional<std::int64_t> number_of(const Json& object, const char* name) {
  const auto& value = member(object, name);
  if (!value.is_number()) return std::nullopt;
  return value.get<std::int64_t>();
}

bool flag_of(const Json& object, const char* name) {
  const auto& value = member(object, name);
  return value.is_boolean() && value.get<bool>();
}

const Json& list_of(const Json& object, const char* name) {
  static const Json none = Json::array();
  const auto& value = member(object, name);
  return value.is_array() ? value : none;
}

const Json& object_of(const Json& object, const char* name) {
  static const Json none = Json::object();
  const auto& value = member(object, name);
  return value.is_object() ? value : none;
}

std::string joined_texts(const Json& array) {
  std::string joined;
  for (const auto& each : array) joined += (joined.empty() ? "" : ", ") + as_text(each);
  return joined;
}

std::string moment_of(const Json& object, const char* name) {
  const auto at = from_rfc3339(text_of(object, name));
  return at ? to_rfc3339_seconds(*at) : std::string();
}

}  // namespace pm
