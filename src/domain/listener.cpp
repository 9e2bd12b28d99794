#include "domain/listener.h"

namespace pm {

std::string describe(const Listener& listener) {
  const std::string place = " on " + listener.address;
  if (listener.pid == 0) return "a process that this user may not see" + place;
  const std::string pid = std::to_string(listener.pid);
  if (listener.process.empty()) return "process " + pid + place;
  return listener.process + " (pid " + pid + ")" + place;
}

bool is_wildcard(const Listener& listener) {
  return listener.address == "0.0.0.0" || listener.address == "::";
}

}  // namespace pm
