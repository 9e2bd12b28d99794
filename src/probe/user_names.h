#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace pm {

/// Names of users, each asked for once: the machine's user database may be on the network
/// (nsswitch.conf(5)). Not thread-safe.
class UserNames {
 public:
  /// The name, or the number where there is none.
  const std::string& name_of(std::uint32_t uid);

 private:
  std::unordered_map<std::uint32_t, std::string> names_;
};

}  // namespace pm
