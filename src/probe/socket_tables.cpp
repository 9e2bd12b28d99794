#include "probe/socket_tables.h"

#include <sys/socket.h>

#include <array>

#include "probe/proc_net.h"

namespace pm {
namespace {

constexpr std::array families{AF_INET, AF_INET6};

tl::unexpected<Error> unreadable(const Error& netlink, const Error& proc) {
  return fail(ErrorCode::internal, "The kernel's listeners cannot be read: " + netlink.message +
                                       "; " + proc.message + ".");
}

}  // namespace

Expected<void> SocketTables::listeners(Protocol protocol, std::optional<Port> port,
                                       std::vector<RawSocket>& into) {
  refusal_.reset();
  for (const int family : families) {
    const SocketQuery query{family, protocol, listening_states(protocol), port};
    const auto dumped = sock_diag_.listeners(query, into);
    if (dumped) continue;
    const auto rows = read_proc_net(query);
    if (!rows) return unreadable(dumped.error(), rows.error());
    refusal_ = dumped.error().message;
    for (const auto& row : *rows) {
      if (row.near.inode != 0) into.push_back(row.near);
    }
  }
  return {};
}

Expected<void> SocketTables::all_listeners(std::vector<RawSocket>& into) {
  std::optional<std::string> refused;
  for (const auto protocol : {Protocol::tcp, Protocol::udp}) {
    if (auto read = listeners(protocol, std::nullopt, into); !read) return read;
    if (refusal_) refused = refusal_;
  }
  refusal_ = std::move(refused);
  return {};
}

Expected<std::vector<RawConnection>> SocketTables::connections(Protocol protocol, Port port) {
  refusal_.reset();
  std::vector<RawConnection> all;
  for (const int family : families) {
    const SocketQuery query{family, protocol, connection_states(protocol), port};
    const auto dumped = sock_diag_.connections(query, all);
    if (dumped) continue;
    const auto rows = read_proc_net(query);
    if (!rows) return unreadable(dumped.error(), rows.error());
    refusal_ = dumped.error().message;
    all.insert(all.end(), rows->begin(), rows->end());
  }
  return all;
}

}  // namespace pm
