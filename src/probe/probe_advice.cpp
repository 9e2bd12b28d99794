#include "probe/probe_advice.h"

#include <linux/capability.h>

#include <charconv>
#include <cstdint>
#include <string_view>

namespace pm {

std::string advice_on(const Blindness& blindness) {
  std::string advice;
  if (blindness.without_owner > 0) {
    advice = "The owners of " + std::to_string(blindness.without_owner) + " of " +
             std::to_string(blindness.listeners) + " listening sockets cannot be seen: ";
    advice += blindness.may_see_all
                  ? "they belong to the kernel itself or to processes of another PID namespace. To "
                    "see the latter, run the Port Manager in the host's PID namespace."
                  : "they belong to other users. Run the Port Manager as the user that the "
                    "services run as, or give it CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH (systemd: "
                    "AmbientCapabilities=CAP_SYS_PTRACE CAP_DAC_READ_SEARCH).";
  }
  if (blindness.sock_diag_refusal) {
    if (!advice.empty()) advice += ' ';
    advice +=
        "/proc/net is read, which is slower and does not tell IPv6-only listeners apart, "
        "since the kernel refuses " +
        *blindness.sock_diag_refusal +
        ". Allow AF_NETLINK sockets and load tcp_diag, udp_diag and inet_diag.";
  }
  return advice;
}

bool may_see_all_users(const std::string& status) {
  constexpr std::string_view label = "\nCapEff:\t";
  constexpr std::uint64_t needed = 1ULL << CAP_SYS_PTRACE | 1ULL << CAP_DAC_READ_SEARCH;
  const auto found = status.find(label);
  if (found == std::string::npos) return false;
  const char* digits = status.data() + found + label.size();
  std::uint64_t effective = 0;
  std::from_chars(digits, status.data() + status.size(), effective, 16);
  return (effective & needed) == needed;
}

}  // namespace pm
