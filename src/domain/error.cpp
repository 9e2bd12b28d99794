#include "domain/error.h"

namespace pm {

const char* to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::bad_request:
      return "bad_request";
    case ErrorCode::invalid_json:
      return "invalid_json";
    case ErrorCode::invalid_shape:
      return "invalid_shape";
    case ErrorCode::out_of_bounds:
      return "out_of_bounds";
    case ErrorCode::invalid_name:
      return "invalid_name";
    case ErrorCode::unauthorized:
      return "unauthorized";
    case ErrorCode::forbidden:
      return "forbidden";
    case ErrorCode::unknown_service:
      return "unknown_service";
    case ErrorCode::unknown_port:
      return "unknown_port";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::method_not_allowed:
      return "method_not_allowed";
    case ErrorCode::upgrade_required:
      return "upgrade_required";
    case ErrorCode::port_taken:
      return "port_taken";
    case ErrorCode::port_reserved:
      return "port_reserved";
    case ErrorCode::port_in_use:
      return "port_in_use";
    case ErrorCode::already_assigned:
      return "already_assigned";
    case ErrorCode::already_exists:
      return "already_exists";
    case ErrorCode::move_in_progress:
      return "move_in_progress";
    case ErrorCode::range_full:
      return "range_full";
    case ErrorCode::payload_too_large:
      return "payload_too_large";
    case ErrorCode::uri_too_long:
      return "uri_too_long";
    case ErrorCode::headers_too_large:
      return "headers_too_large";
    case ErrorCode::unsupported_media:
      return "unsupported_media";
    case ErrorCode::request_timeout:
      return "request_timeout";
    case ErrorCode::misdirected:
      return "misdirected";
    case ErrorCode::overloaded:
      return "overloaded";
    case ErrorCode::expectation_failed:
      return "expectation_failed";
    case ErrorCode::not_implemented:
      return "not_implemented";
    case ErrorCode::version_unsupported:
      return "version_unsupported";
    case ErrorCode::service_refused:
      return "service_refused";
    case ErrorCode::service_timeout:
      return "service_timeout";
    case ErrorCode::service_not_up:
      return "service_not_up";
    case ErrorCode::service_unreachable:
      return "service_unreachable";
    case ErrorCode::shutting_down:
      return "shutting_down";
    case ErrorCode::storage_full:
      return "storage_full";
    case ErrorCode::storage_failed:
      return "storage_failed";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

}  // namespace pm
