#include "cli/exported_text.h"

#include "app/strict_json.h"

namespace pm {

bool says_the_same(const std::string& left, const std::string& right) {
  if (left == right) return true;
  auto one = Json::parse(left, nullptr, false);
  auto other = Json::parse(right, nullptr, false);
  if (!one.is_object() || !other.is_object()) return false;
  one.erase("last_updated");
  other.erase("last_updated");
  return one == other;
}

}  // namespace pm
