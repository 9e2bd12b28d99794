#pragma once

#include "app/port_probe.h"
#include "app/unique_fd.h"

namespace pm {

/// How a try to bind ended. `error` is the errno of the call that failed; 0 when bindable.
struct BindAttempt {
  Bindable result{Bindable::yes};
  int error{0};
};

/// Binds the port on this host's wildcard addresses, 0.0.0.0 and [::] (IPV6_V6ONLY), TCP sockets
/// with listen(2), and lets go at once. The kernel refuses a wildcard while any socket has the port
/// on a specific address, so one bind per family covers every address (ip(7), ipv6(7)).
///
/// TCP sockets have SO_REUSEADDR, as services' own do: connections in TIME_WAIT do not veto, a
/// listener or an outgoing connection on the port does (socket(7)). UDP sockets do not have it: it
/// would let two of them share the port. A family that the host does not have does not count;
/// without any the result is `not_applicable`. A check that could not be made, for lack of
/// descriptors say, is a `no`: a port is given out on proof only.
///
/// Two attempts at one port at the same time veto each other, and so do an attempt and a service
/// that comes up in these microseconds: callers serialize the former, and try only ports on which
/// nobody is expected to come up.
BindAttempt try_bind(Protocol protocol, Port port);

/// Binds the same addresses and keeps them, without listen(2). No socket has SO_REUSEADDR: two TCP
/// sockets that both have it may share a port for as long as neither listens (socket(7)). So
/// connections in TIME_WAIT do veto. On failure nothing is kept.
struct KeptBind {
  BindAttempt attempt;
  UniqueFd v4;
  UniqueFd v6;
};
KeptBind bind_and_keep(Protocol protocol, Port port);

}  // namespace pm
