#pragma once

#include <sstream>
#include <string>
#include <vector>

namespace pm {

/// "a,b" to {"a", "b"}; what is empty between commas is left out.
inline std::vector<std::string> list_from(const std::string& text) {
  std::vector<std::string> list;
  std::istringstream items(text);
  for (std::string item; std::getline(items, item, ',');) {
    if (!item.empty()) list.push_back(item);
  }
  return list;
}

}  // namespace pm
