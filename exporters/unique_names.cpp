#include "exporters/unique_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/sha.h>

#include <array>

#include "domain/text.h"

namespace pm {
namespace {

constexpr std::size_t digits_more = 8;

std::string digest_of(const std::string& id) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  ::SHA256(reinterpret_cast<const unsigned char*>(id.data()), id.size(), digest.data());
  return fmt::format("{:02X}", fmt::join(digest, ""));
}

/// The ids that share their name with another.
std::vector<std::string> sharing(const std::map<std::string, std::string>& names) {
  std::map<std::string, std::vector<std::string>> ids_of;
  for (const auto& [id, name] : names) ids_of[ascii_lower(name)].push_back(id);
  std::vector<std::string> shared;
  for (const auto& [name, ids] : ids_of) {
    if (ids.size() > 1) shared.insert(shared.end(), ids.begin(), ids.end());
  }
  return shared;
}

std::string environment_name(const std::string& id) {
  std::string name;
  for (const char c : id) {
    const bool is_lower = c >= 'a' && c <= 'z';
    const bool stays = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += is_lower ? static_cast<char>(c - 'a' + 'A') : stays ? c : '_';
  }
  const bool begins_with_digit = !name.empty() && name.front() >= '0' && name.front() <= '9';
  return begins_with_digit ? "_" + name : name;
}

}  // namespace

std::map<std::string, std::string> unique_names(
    const std::vector<std::string>& ids,
    const std::function<std::string(const std::string&)>& plain, char separator) {
  std::map<std::string, std::string> names;
  std::map<std::string, std::size_t> digits;
  for (const auto& id : ids) names.emplace(id, plain(id));
  // More than one round only when an id was made to look like another's name with its suffix. It
  // ends: two names with all 64 digits differ in them.
  for (auto shared = sharing(names); !shared.empty(); shared = sharing(names)) {
    for (const auto& id : shared) {
      const auto count = digits[id] += digits_more;
      names[id] = plain(id) + separator + digest_of(id).substr(0, count);
    }
  }
  return names;
}

std::map<std::string, std::string> environment_names(const std::vector<std::string>& ids) {
  return unique_names(ids, environment_name, '_');
}

}  // namespace pm
