#pragma once

#include <cstddef>
#include <vector>

#include "domain/listener.h"
#include "probe/process_facts.h"
#include "probe/raw_socket.h"

namespace pm {

/// A state as ss(8) writes it: "ESTAB", "TIME-WAIT"; "UNCONN" for a socket that is bound only.
const char* state_name(int state);

/// What has a port without listening on it, at most `limit` of them: established connections first,
/// what only lingers in TIME-WAIT last. Who owns them is looked up in one walk of /proc.
std::vector<OpenConnection> open_connections(std::vector<RawConnection> connections,
                                             std::size_t limit, const ProcessReader& processes);

/// True when there are connections, and all of them are in TIME-WAIT.
bool only_time_wait(const std::vector<RawConnection>& connections);

}  // namespace pm
