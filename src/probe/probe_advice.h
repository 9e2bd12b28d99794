#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace pm {

/// What hides some of the kernel's truth.
struct Blindness {
  std::size_t listeners{0};
  std::size_t without_owner{0};
  bool may_see_all{false};  ///< this process may look into those of all users
  std::optional<std::string> sock_diag_refusal{};
};

/// What to do about it, in sentences; "" when everything is seen.
std::string advice_on(const Blindness& blindness);

/// True when this process has the capabilities that reading other users' descriptors takes,
/// CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH (proc(5), capabilities(7)). From the text of
/// /proc/self/status.
bool may_see_all_users(const std::string& status);

}  // namespace pm
