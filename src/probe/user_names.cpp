#include "probe/user_names.h"

#include <pwd.h>

#include <array>

namespace pm {
namespace {

std::string look_up(std::uint32_t uid) {
  std::array<char, 4096> texts{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(uid, &entry, texts.data(), texts.size(), &found);
  return found == nullptr ? std::to_string(uid) : std::string(found->pw_name);
}

}  // namespace

const std::string& UserNames::name_of(std::uint32_t uid) {
  const auto known = names_.find(uid);
  if (known != names_.end()) return known->second;
  return names_.emplace(uid, look_up(uid)).first->second;
}

}  // namespace pm
