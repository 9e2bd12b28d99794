#include "probe/netlink_dump.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <memory>

#include "probe/errno_text.h"

namespace pm {
namespace {

constexpr unsigned int sequence = 1;  // each dump has a socket of its own
constexpr int tries = 3;
// libmnl's documentation asks for 32 KiB, so that the kernel can fill whole batches.
constexpr std::size_t buffer_size = 32768;

struct CloseSocket {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using Socket = std::unique_ptr<mnl_socket, CloseSocket>;

struct alignas(nlmsghdr) Buffer : std::array<char, buffer_size> {};

struct Dump {
  const SocketQuery& query;
  std::vector<SocketEntry> entries;
};

// noexcept: libmnl is C, nothing may be thrown through it.
int take(const nlmsghdr* header, void* data) noexcept {
  auto& dump = *static_cast<Dump*>(data);
  if (mnl_nlmsg_get_payload_len(header) < sizeof(inet_diag_msg)) return MNL_CB_OK;
  const auto& message = *static_cast<const inet_diag_msg*>(mnl_nlmsg_get_payload(header));
  const int port = ntohs(message.id.idiag_sport);
  if (!dump.query.wants(port)) return MNL_CB_OK;
  AddressWords words{};
  std::copy(std::begin(message.id.idiag_src), std::end(message.id.idiag_src), words.begin());
  dump.entries.push_back({.listener = {.pid = 0,
                                       .process = {},
                                       .address = address_text(message.idiag_family, words),
                                       .protocol = dump.query.protocol,
                                       .port = Port::clamped(port)},
                          .inode = message.idiag_inode});
  return MNL_CB_OK;
}

bool send_request(mnl_socket& socket, const SocketQuery& query, Buffer& buffer) {
  nlmsghdr* header = mnl_nlmsg_put_header(buffer.data());
  header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
  header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  header->nlmsg_seq = sequence;
  auto& request =
      *static_cast<inet_diag_req_v2*>(mnl_nlmsg_put_extra_header(header, sizeof(inet_diag_req_v2)));
  request.sdiag_family = static_cast<std::uint8_t>(query.family);
  request.sdiag_protocol = query.protocol == Protocol::tcp ? IPPROTO_TCP : IPPROTO_UDP;
  request.idiag_states = 1U << listening_state(query.protocol);
  if (query.port) request.id.idiag_sport = htons(query.port->value());
  return mnl_socket_sendto(&socket, header, header->nlmsg_len) >= 0;
}

/// 0, or the errno of what failed. EINTR: the tables changed while they were read
/// (NLM_F_DUMP_INTR).
int run_dump(Dump& dump) {
  const Socket socket(mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC));
  if (!socket) return errno;
  if (mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) return errno;
  Buffer buffer;
  if (!send_request(*socket, dump.query, buffer)) return errno;
  const unsigned int own_id = mnl_socket_get_portid(socket.get());
  for (int more = MNL_CB_OK; more > MNL_CB_STOP;) {
    const ssize_t size = mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size());
    if (size < 0) return errno;
    more = mnl_cb_run(buffer.data(), static_cast<std::size_t>(size), sequence, own_id, take, &dump);
    if (more < 0) return errno;
  }
  return 0;
}

}  // namespace

Expected<std::vector<SocketEntry>> dump_by_netlink(const SocketQuery& query) {
  int error = 0;
  for (int i = 0; i < tries; ++i) {
    Dump dump{query, {}};
    error = run_dump(dump);
    if (error == 0) return std::move(dump.entries);
    if (error != EINTR) break;
  }
  return fail(ErrorCode::internal, "sock_diag: " + errno_text(error));
}

}  // namespace pm
