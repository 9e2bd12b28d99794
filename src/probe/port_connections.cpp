#include "probe/port_connections.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "probe/socket_owner.h"

namespace pm {
namespace {

int rank(const RawConnection& connection) {
  switch (connection.state) {
    case TCP_ESTABLISHED:
      return 0;
    case TCP_CLOSE:
      return 2;
    case TCP_TIME_WAIT:
      return 3;
    default:
      return 1;
  }
}

OpenConnection described(const RawConnection& connection) {
  const auto& near = connection.near;
  OpenConnection open;
  open.local = endpoint_text(near.family, near.address, near.port);
  open.remote = endpoint_text(near.family, connection.far_address, connection.far_port);
  open.state = state_name(connection.state);
  return open;
}

}  // namespace

const char* state_name(int state) {
  constexpr std::array names{"UNKNOWN",    "ESTAB",      "SYN-SENT",  "SYN-RECV",
                             "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "UNCONN",
                             "CLOSE-WAIT", "LAST-ACK",   "LISTEN",    "CLOSING"};
  const auto index = static_cast<std::size_t>(state);
  return index < names.size() ? names.at(index) : names.front();
}

std::vector<OpenConnection> open_connections(std::vector<RawConnection> connections,
                                             std::size_t limit, const ProcessReader& processes) {
  std::stable_sort(connections.begin(), connections.end(),
                   [](const auto& left, const auto& right) { return rank(left) < rank(right); });
  if (connections.size() > limit) connections.resize(limit);
  std::unordered_set<std::uint64_t> inodes;
  for (const auto& connection : connections) {
    if (connection.near.inode != 0) inodes.insert(connection.near.inode);
  }
  const auto owners = find_owners(std::move(inodes), processes.proc());
  std::vector<OpenConnection> answer;
  for (const auto& connection : connections) {
    auto& open = answer.emplace_back(described(connection));
    const auto owner = owners.find(connection.near.inode);
    if (owner == owners.end()) continue;
    open.pid = owner->second.pid;
    if (auto stat = processes.stat(open.pid)) open.process = std::move(stat->name);
  }
  return answer;
}

bool only_time_wait(const std::vector<RawConnection>& connections) {
  return !connections.empty() &&
         std::all_of(connections.begin(), connections.end(), [](const RawConnection& connection) {
           return connection.state == TCP_TIME_WAIT;
         });
}

}  // namespace pm
