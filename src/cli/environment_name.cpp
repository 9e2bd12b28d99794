#include "cli/environment_name.h"

namespace pm {

std::string port_variable(const std::string& service_id) {
  std::string name;
  for (const char c : service_id) {
    if (c >= 'a' && c <= 'z') {
      name += static_cast<char>(c - 'a' + 'A');
    } else {
      const bool is_kept = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      name += is_kept ? c : '_';
    }
  }
  if (!name.empty() && name.front() >= '0' && name.front() <= '9') name.insert(0, "_");
  return name + "_PORT";
}

}  // namespace pm
