#include "probe/socket_query.h"

#include <netinet/tcp.h>

namespace pm {
namespace {

// TCP_NEW_SYN_RECV and TCP_BOUND_INACTIVE of the kernel's net/tcp_states.h, which asks for them by
// these numbers and reports them as TCP_SYN_RECV and TCP_CLOSE.
constexpr unsigned int new_syn_recv = 12;
constexpr unsigned int bound_inactive = 13;

constexpr std::uint32_t bit(unsigned int state) {
  return 1U << state;
}

}  // namespace

std::uint32_t listening_states(Protocol protocol) {
  return protocol == Protocol::tcp ? bit(TCP_LISTEN) : bit(TCP_CLOSE);
}

std::uint32_t connection_states(Protocol protocol) {
  if (protocol == Protocol::udp) return bit(TCP_ESTABLISHED);
  return bit(TCP_ESTABLISHED) | bit(TCP_SYN_SENT) | bit(TCP_SYN_RECV) | bit(TCP_FIN_WAIT1) |
         bit(TCP_FIN_WAIT2) | bit(TCP_TIME_WAIT) | bit(TCP_CLOSE) | bit(TCP_CLOSE_WAIT) |
         bit(TCP_LAST_ACK) | bit(TCP_CLOSING) | bit(new_syn_recv) | bit(bound_inactive);
}

}  // namespace pm
