#include "cli/listener_text.h"

#include "cli/json_fields.h"

namespace pm {

std::string listener_text(const Json& listener) {
  const auto address = text_of(listener, "address");
  const bool is_ipv6 = address.find(':') != std::string::npos;
  std::string text = (is_ipv6 ? "[" + address + "]" : address) + ":" + text_of(listener, "port");
  const auto add = [&](const std::string& before, const char* member) {
    const auto value = text_of(listener, member);
    if (!value.empty()) text += ", " + before + value;
  };
  add("", "process");
  add("pid ", "pid");
  add("user ", "user");
  add("", "unit");
  return text;
}

}  // namespace pm
