#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/strict_json.h"
#include "domain/port.h"
#include "domain/timestamp.h"
#include "http/http_message.h"

namespace pm {

/// The members of a JSON object that a request carries, read one by one. The first one that is
/// wrong is remembered; what is read after it is empty. `null` for an optional member means left
/// out. Unknown members are passed over. For one request on one thread.
class BodyMembers {
 public:
  enum class Body : std::uint8_t { required, optional };

  /// Errors: invalid_json, invalid_shape when it is not an object or is missing.
  static Expected<BodyMembers> read(const HttpRequest& request, Body body = Body::required);

  std::string string(const char* name);
  std::optional<std::string> optional_string(const char* name);
  Port port(const char* name);
  std::optional<Port> optional_port(const char* name);
  std::optional<std::int64_t> optional_integer(const char* name);
  bool flag(const char* name, bool otherwise);
  /// An object of ports, not empty, in the order sent.
  std::vector<std::pair<std::string, Port>> ports(const char* name);
  bool has(const char* name) const;

  /// What was wrong, if anything was. Ask before using what was read.
  const std::optional<Error>& error() const { return error_; }

 private:
  explicit BodyMembers(Json body) : body_(std::move(body)) {}

  const Json* find(const char* name) const;
  const Json* find_required(const char* name, const char* type);
  void wrong(const std::string& name, const std::string& type);
  std::optional<Port> to_port(const std::string& name, const Json& value);

  Json body_;
  std::optional<Error> error_;
};

/// The query's value as a time, nothing when it is not given; `out_of_bounds` with its name.
Expected<std::optional<Timestamp>> query_time(const HttpRequest& request, const std::string& name);
/// A parameter of the path or query as a number; `out_of_bounds` or `bad_request` with its name.
Expected<std::int64_t> integer_param(const std::string& text, const std::string& name,
                                     std::int64_t lowest, std::int64_t highest);
Expected<Port> port_param(const std::string& text, const std::string& name);
/// The query's value as a number; `otherwise` when it is not given.
Expected<std::int64_t> query_integer(const HttpRequest& request, const std::string& name,
                                     std::int64_t otherwise, std::int64_t lowest,
                                     std::int64_t highest);

}  // namespace pm
