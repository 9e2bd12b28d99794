#pragma once

#include <string>
#include <system_error>

namespace pm {

/// The text of an errno value, for example "Permission denied".
inline std::string errno_text(int error) {
  return std::generic_category().message(error);
}

}  // namespace pm
