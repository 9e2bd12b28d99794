#pragma once

#include <optional>
#include <string>

#include "app/strict_json.h"

namespace pm {

/// A request's body: what was not given on the command line is left out of it.
class RequestBody {
 public:
  RequestBody& add(const char* name, const std::string& text) {
    if (!text.empty()) json_[name] = text;
    return *this;
  }
  RequestBody& add(const char* name, const std::optional<int>& number) {
    if (number) json_[name] = *number;
    return *this;
  }
  RequestBody& add(const char* name, bool flag) {
    if (flag) json_[name] = true;
    return *this;
  }
  const Json& json() const { return json_; }

 private:
  Json json_ = Json::object();
};

}  // namespace pm
