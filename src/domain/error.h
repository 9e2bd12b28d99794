#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>

namespace pm {

/// Why a request could not be carried out. The wire name of each (`to_string`) is stable: clients
/// branch on it. http/ maps each code to exactly one status.
enum class ErrorCode : std::uint8_t {
  bad_request,          ///< not a request that HTTP permits
  invalid_json,         ///< the body or file is not JSON (place of the fault in the message)
  invalid_shape,        ///< JSON, but a member is missing or of the wrong type (`field` names it)
  out_of_bounds,        ///< a value outside its permitted bounds
  invalid_name,         ///< a backup name with a path in it, a service id that is not one
  unauthorized,         ///< credentials missing
  forbidden,            ///< credentials wrong, a foreign origin, or the Port Manager's own port
  unknown_service,      ///< no such service
  unknown_port,         ///< the port is not reserved or assigned, where the call needs it to be
  not_found,            ///< no such resource (backup, path)
  method_not_allowed,   ///< the resource exists, not with this method
  upgrade_required,     ///< a WebSocket, asked for without one or in another version
  port_taken,           ///< assigned to another service
  port_reserved,        ///< reserved
  port_in_use,          ///< the kernel says that somebody listens there
  already_assigned,     ///< the service has another port; reassign moves it
  already_exists,       ///< a backup of that name exists
  move_in_progress,     ///< a move of this service, or one that claims this port, is under way
  range_full,           ///< no free port left in the range
  payload_too_large,    ///< a request body over the limit
  uri_too_long,         ///< a request target over the limit
  headers_too_large,    ///< a header section over the limit
  unsupported_media,    ///< a body that is not application/json
  request_timeout,      ///< the client took too long to send its request
  misdirected,          ///< a Host that is not a name of this server
  overloaded,           ///< too much is waiting already
  expectation_failed,   ///< an Expect other than 100-continue
  not_implemented,      ///< a transfer coding that is not supported
  version_unsupported,  ///< not HTTP/1.0 or 1.1
  service_refused,      ///< the service said no, or answered in a way that is not yes
  service_timeout,      ///< the service did not answer in time
  service_not_up,       ///< the service accepted and did not come up on the new port
  service_unreachable,  ///< the service could not be reached at all
  shutting_down,        ///< the Port Manager is stopping
  storage_full,         ///< disk full; nothing was changed
  storage_failed,       ///< the database or a file could not be written; nothing was changed
  internal,             ///< a defect of the Port Manager
};

/// The stable wire name of a code, for example "port_taken".
const char* to_string(ErrorCode code);

/// What a caller is told. `message` is one sentence or two that a person can act on: it names the
/// port, who holds it and what to do. `field` names the offending member where there is one.
struct Error {
  ErrorCode code{ErrorCode::internal};
  std::string message;
  std::string field;
};

template <typename T>
using Expected = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string field = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(field)});
}

}  // namespace pm
