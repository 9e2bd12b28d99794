#pragma once

#include <filesystem>
#include <vector>

#include "domain/error.h"
#include "probe/raw_socket.h"
#include "probe/socket_query.h"

namespace pm {

/// One family's sockets as /proc/net/{tcp,tcp6,udp,udp6} list them (proc(5)). Slower than a
/// sock_diag dump: the kernel prints every connection too. `folder` is where the files are.
/// Without a file for IPv6 the kernel does not have IPv6: no entries. `internal` when the file
/// cannot be read or is not such a file.
///
/// Sockets that are bound only are not in these files, and v6_only is never set.
Expected<std::vector<RawConnection>> read_proc_net(
    const SocketQuery& query, const std::filesystem::path& folder = "/proc/net");

}  // namespace pm
