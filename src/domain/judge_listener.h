#pragma once

#include <optional>
#include <string>

#include "domain/learned_identity.h"
#include "domain/listener.h"
#include "domain/model.h"

namespace pm {

/// What a listener said when it was asked for its health.
struct HealthAnswer {
  bool answered{false};  ///< an HTTP answer came, of any status
  bool healthy{false};
  std::string name;  ///< who it says it is; "" when it does not say
  Timestamp at;
  bool pending{false};  ///< it was asked and may still answer: its silence says nothing yet
};

/// What is known of a listener on a service's port.
struct Evidence {
  const Service& service;
  const Listener& listener;
  const LearnedIdentity* learned{nullptr};  ///< the service's; null: never learned
  const HealthAnswer* answer{nullptr};      ///< null: not asked, or no HTTP is spoken there
  /// Another service whose learned process the listener belongs to; "" if none.
  std::string known_as{};
  bool is_self{false};          ///< the listener is this very process
  bool service_is_self{false};  ///< the service is the Port Manager
  /// Another process has a socket at the same address and port (SO_REUSEPORT): an answer may have
  /// come from either.
  bool shares_address{false};
  bool young{false};  ///< the socket has not been there for long: its service may still be starting
  std::string boot_id{};
  bool is_elsewhere{false};  ///< another listener answers as the service
};

struct Judgement {
  bool is_service{false};
  /// Its answer is waited for and would decide: neither the service nor a stranger yet.
  bool is_undecided{false};
  std::string why;  ///< a clause: "it answers /health as kite", "its process is nginx, not kite"
};

/// Is the listener the service? In this order:
///  1. this very process is the Port Manager and nobody else;
///  2. an answer that names somebody says it;
///  3. the process that was learned as the service is it; one learned as another service is not;
///  4. a service that has named itself before must do so again: an answer without a name is not it,
///     and neither is silence, but while the socket is young and its executable is the learned one;
///  5. a registered process name decides by comm (15 bytes) or the executable's base name, where
///     the process is visible;
///  6. else a learned executable decides for a service that never named itself, where visible; what
///     was learned without a name (3, 6) says nothing once the service gives its name elsewhere;
///  7. of a service of which nothing is known, a healthy answer is taken for its own, unless it
///     answers by its name somewhere else; silence not.
/// Where 4 or 7 would go by silence, an answer that is pending leaves it undecided; but of a
/// service that has named itself only while the executable is the learned one. Where the address is
/// shared, what the process tells (3, 5, 6) comes before the answer (2, 4). UDP sockets have no
/// /health: without a registered process, a learned identity or another owner they are taken for
/// the service's.
Judgement judge_listener(const Evidence& evidence);

}  // namespace pm
