#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "app/address_book.h"
#include "app/clock.h"
#include "app/service_client.h"
#include "app/store.h"

namespace pm {

/// Who sits on the move's old port, by an open system_conflict of its service.
std::optional<Listener> stranger_on(const Registry& registry, const Move& move);

/// The conversation with a service that is being moved: who answers where, whether it has come up,
/// whether it has let go, and telling it to go back. Calls block for at most the times below and
/// end early when the program is told to stop. Thread-safe.
class MoveContact {
 public:
  struct Options {
    std::chrono::milliseconds come_up_timeout{30'000};
    std::chrono::milliseconds old_port_timeout{10'000};
    std::chrono::milliseconds poll_interval{50};
    /// How long who is known to be a stranger is given to say that it is the service after all.
    std::chrono::milliseconds stranger_timeout{1'000};
  };

  MoveContact(const Store& store, ServiceClient& client, const AddressBook& addresses, Clock& clock,
              Options options)
      : store_(store), client_(client), addresses_(addresses), clock_(clock), options_(options) {}

  /// The moved service's address on that port.
  ServiceAddress address(const Move& move, Port port) const;

  /// The health at the move's old port. `is_taken`: a stranger is known to be there, so silence is
  /// not waited for as it is with a slow service.
  HealthReply health_at_old_port(const Move& move, bool is_taken);

  /// In the order of what an answer is worth.
  enum class Who : std::uint8_t {
    nobody,    ///< no answer, or somebody else by name
    somebody,  ///< one who does not say who it is
    itself,
  };
  /// Who answers the health check there. At a UDP port that is nobody, and nobody is asked: a
  /// service answers over HTTP, and the TCP port of that number is somebody else's.
  Who who_answers(const Move& move, Port port);
  /// The same, but an answer without a name is nobody's where it may well be somebody else's: when
  /// another service has the port in the registry, when a stranger is known to be on the old port,
  /// and when the caller says `by_name`.
  Who who_is_it(const Move& move, Port port, bool by_name);

  /// Empty once the service answers as itself on the port; else what was seen there instead.
  /// `by_name`: only an answer that says who it is counts, because somebody else may be there.
  std::string wait_until_up(const ServiceAddress& address, bool by_name = false);
  bool wait_until_let_go(const ServiceAddress& address);
  /// Tells the service to be on the old port, wherever it answers: by its name before one that does
  /// not say it. `was_occupied`: somebody was, or may have been, on the new port before the move,
  /// so that only a name counts there. Whoever cannot be the service is sent a health check and no
  /// more. A sentence on how that went.
  std::string tell_back(const Move& move, bool was_occupied);

 private:
  const Store& store_;
  ServiceClient& client_;
  const AddressBook& addresses_;
  Clock& clock_;
  const Options options_;
};

}  // namespace pm
