#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace pm {

/// The text with A-Z as a-z; every other byte as it is, whatever the locale.
inline std::string ascii_lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

}  // namespace pm
