#include "probe/listener_table.h"

#include <sys/socket.h>

#include <iterator>
#include <utility>

#include "probe/netlink_dump.h"
#include "probe/proc_net.h"

namespace pm {
namespace {

Expected<std::vector<SocketEntry>> dump_family(const SocketQuery& query) {
  auto from_netlink = dump_by_netlink(query);
  if (from_netlink) return from_netlink;
  auto from_proc = dump_by_proc(query);
  if (from_proc) return from_proc;
  return fail(ErrorCode::internal,
              "the kernel's listeners cannot be read: " + from_netlink.error().message + "; " +
                  from_proc.error().message);
}

}  // namespace

Expected<std::vector<SocketEntry>> dump_listeners(Protocol protocol, std::optional<Port> port) {
  std::vector<SocketEntry> all;
  for (const int family : {AF_INET, AF_INET6}) {
    auto entries = dump_family({family, protocol, port});
    if (!entries) return entries;
    all.insert(all.end(), std::make_move_iterator(entries->begin()),
               std::make_move_iterator(entries->end()));
  }
  return all;
}

}  // namespace pm
