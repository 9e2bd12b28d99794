#include "cli/exported_text.h"

#include <string_view>

#include "app/strict_json.h"

namespace pm {
namespace {

std::string_view without_head(std::string_view text) {
  while (text.starts_with('#')) {
    const auto end = text.find('\n');
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return text;
}

}  // namespace

bool says_the_same(const std::string& left, const std::string& right) {
  if (left == right) return true;
  if (left.starts_with('#') && right.starts_with('#')) {
    return without_head(left) == without_head(right);
  }
  auto one = Json::parse(left, nullptr, false);
  auto other = Json::parse(right, nullptr, false);
  if (!one.is_object() || !other.is_object()) return false;
  one.erase("last_updated");
  other.erase("last_updated");
  return one == other;
}

}  // namespace pm
