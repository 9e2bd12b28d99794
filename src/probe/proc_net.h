#pragma once

#include <filesystem>
#include <vector>

#include "probe/listener_table.h"
#include "probe/socket_query.h"

namespace pm {

/// One family's listening sockets as /proc/net/{tcp,tcp6,udp,udp6} list them (proc(5)). Slower than
/// a sock_diag dump: the kernel prints every connection too. `folder` is where the files are.
/// Without a file for IPv6 the kernel does not have IPv6: no entries. `internal` when the file
/// cannot be read or is not such a file.
Expected<std::vector<SocketEntry>> dump_by_proc(const SocketQuery& query,
                                                const std::filesystem::path& folder = "/proc/net");

}  // namespace pm
