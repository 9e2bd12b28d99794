#pragma once

#include <vector>

#include "probe/listener_table.h"
#include "probe/socket_query.h"

namespace pm {

/// One family's listening sockets, by one sock_diag(7) dump; the kernel does the filtering.
/// `internal` with the reason when the kernel refuses or the dump was disturbed again and again.
Expected<std::vector<SocketEntry>> dump_by_netlink(const SocketQuery& query);

}  // namespace pm
