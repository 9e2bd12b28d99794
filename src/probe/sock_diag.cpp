#include "probe/sock_diag.h"

#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "probe/errno_text.h"

namespace pm {
namespace {

constexpr int tries = 3;

template <typename Row>
struct Sink {
  const SocketQuery& query;
  std::vector<Row>& rows;
};

bool is_wildcard_address(const AddressWords& words) {
  return words == AddressWords{};
}

int take_v6_only(const nlattr* attribute, void* data) noexcept {
  if (mnl_attr_get_type(attribute) != INET_DIAG_SKV6ONLY) return MNL_CB_OK;
  *static_cast<bool*>(data) = mnl_attr_get_u8(attribute) != 0;
  return MNL_CB_STOP;
}

// The kernel adds the attribute to each IPv6 socket that listens.
bool has_v6_only(const nlmsghdr* header) {
  bool v6_only = false;
  mnl_attr_parse(header, sizeof(inet_diag_msg), take_v6_only, &v6_only);
  return v6_only;
}

const inet_diag_msg* wanted_message(const nlmsghdr* header, const SocketQuery& query) {
  if (mnl_nlmsg_get_payload_len(header) < sizeof(inet_diag_msg)) return nullptr;
  const auto* message = static_cast<const inet_diag_msg*>(mnl_nlmsg_get_payload(header));
  return query.wants_port(ntohs(message->id.idiag_sport)) ? message : nullptr;
}

void fill(RawSocket& socket, const inet_diag_msg& message, const nlmsghdr* header,
          Protocol protocol) {
  std::copy(std::begin(message.id.idiag_src), std::end(message.id.idiag_src),
            socket.address.begin());
  socket.inode = message.idiag_inode;
  socket.uid = message.idiag_uid;
  socket.port = ntohs(message.id.idiag_sport);
  socket.family = message.idiag_family;
  socket.protocol = protocol;
  socket.v6_only = message.idiag_family == AF_INET6 && is_wildcard_address(socket.address) &&
                   has_v6_only(header);
}

// These are noexcept: libmnl is C, nothing may be thrown through it.
int take_listener(const nlmsghdr* header, void* data) noexcept {
  auto& sink = *static_cast<Sink<RawSocket>*>(data);
  const auto* message = wanted_message(header, sink.query);
  // Without an inode it is being closed: no process has it.
  if (message != nullptr && message->idiag_inode != 0) {
    fill(sink.rows.emplace_back(), *message, header, sink.query.protocol);
  }
  return MNL_CB_OK;
}

int take_connection(const nlmsghdr* header, void* data) noexcept {
  auto& sink = *static_cast<Sink<RawConnection>*>(data);
  const auto* message = wanted_message(header, sink.query);
  if (message == nullptr) return MNL_CB_OK;
  RawConnection& connection = sink.rows.emplace_back();
  fill(connection.near, *message, header, sink.query.protocol);
  std::copy(std::begin(message->id.idiag_dst), std::end(message->id.idiag_dst),
            connection.far_address.begin());
  connection.far_port = ntohs(message->id.idiag_dport);
  connection.state = message->idiag_state;
  return MNL_CB_OK;
}

}  // namespace

void SockDiag::CloseSocket::operator()(mnl_socket* socket) const {
  mnl_socket_close(socket);
}

SockDiag::SockDiag() : buffer_(std::make_unique<Buffer>()) {}
SockDiag::~SockDiag() = default;

Expected<void> SockDiag::listeners(const SocketQuery& query, std::vector<RawSocket>& into) {
  return dump(query, take_listener, into);
}

Expected<void> SockDiag::connections(const SocketQuery& query, std::vector<RawConnection>& into) {
  return dump(query, take_connection, into);
}

template <typename Row>
Expected<void> SockDiag::dump(const SocketQuery& query, Take take, std::vector<Row>& into) {
  const std::size_t before = into.size();
  Sink<Row> sink{query, into};
  int error = 0;
  for (int i = 0; i < tries; ++i) {
    error = run(query, take, &sink);
    if (error == 0) return {};
    into.resize(before);
    socket_.reset();
    // EINTR: the tables changed while they were read (NLM_F_DUMP_INTR). ENOBUFS: see netlink(7).
    if (error != EINTR && error != ENOBUFS) break;
  }
  return fail(ErrorCode::internal, "sock_diag: " + errno_text(error));
}

int SockDiag::open() {
  if (socket_) return 0;
  socket_.reset(mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC));
  if (!socket_) return errno;
  return mnl_socket_bind(socket_.get(), 0, MNL_SOCKET_AUTOPID) < 0 ? errno : 0;
}

int SockDiag::send_request(const SocketQuery& query) {
  nlmsghdr* header = mnl_nlmsg_put_header(buffer_->data());
  header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
  header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  header->nlmsg_seq = ++sequence_;
  auto& request =
      *static_cast<inet_diag_req_v2*>(mnl_nlmsg_put_extra_header(header, sizeof(inet_diag_req_v2)));
  request.sdiag_family = static_cast<std::uint8_t>(query.family);
  request.sdiag_protocol = query.protocol == Protocol::tcp ? IPPROTO_TCP : IPPROTO_UDP;
  request.idiag_states = query.states;
  if (query.port) request.id.idiag_sport = htons(query.port->value());
  return mnl_socket_sendto(socket_.get(), header, header->nlmsg_len) < 0 ? errno : 0;
}

/// 0, or the errno of what failed.
int SockDiag::run(const SocketQuery& query, Take take, void* data) {
  if (const int error = open(); error != 0) return error;
  if (const int error = send_request(query); error != 0) return error;
  const unsigned int own_id = mnl_socket_get_portid(socket_.get());
  for (int more = MNL_CB_OK; more > MNL_CB_STOP;) {
    const ssize_t size = mnl_socket_recvfrom(socket_.get(), buffer_->data(), buffer_->size());
    if (size < 0) return errno;
    more =
        mnl_cb_run(buffer_->data(), static_cast<std::size_t>(size), sequence_, own_id, take, data);
    if (more < 0) return errno;
  }
  return 0;
}

}  // namespace pm
