#pragma once

#include <string>

namespace pm {

/// Two exports are the same but for the time at which a port_config.json was written.
bool says_the_same(const std::string& left, const std::string& right);

}  // namespace pm
