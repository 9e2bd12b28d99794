#pragma once

#include <string>

namespace pm {

/// Two exports say the same to the programs that read them. What tells of the export itself does
/// not count: the comment that it begins with, which has revision and time, and the time at which a
/// port_config.json was written.
bool says_the_same(const std::string& left, const std::string& right);

}  // namespace pm
