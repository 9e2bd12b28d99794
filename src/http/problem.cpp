#include "http/problem.h"

#include "app/strict_json.h"

namespace pm {
namespace {

struct Kind {
  int status;
  const char* title;
};

Kind kind_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::bad_request:
      return {400, "The request is malformed"};
    case ErrorCode::invalid_json:
      return {400, "The text is not JSON"};
    case ErrorCode::out_of_bounds:
      return {400, "A value is out of bounds"};
    case ErrorCode::invalid_name:
      return {400, "A name is not permitted"};
    case ErrorCode::unauthorized:
      return {401, "Credentials are missing"};
    case ErrorCode::forbidden:
      return {403, "This is not permitted"};
    case ErrorCode::unknown_service:
      return {404, "No such service"};
    case ErrorCode::unknown_port:
      return {404, "No such port"};
    case ErrorCode::not_found:
      return {404, "Not found"};
    case ErrorCode::method_not_allowed:
      return {405, "The method does not fit the resource"};
    case ErrorCode::upgrade_required:
      return {426, "A WebSocket is wanted"};
    case ErrorCode::request_timeout:
      return {408, "The request took too long to arrive"};
    case ErrorCode::port_taken:
      return {409, "The port is taken"};
    case ErrorCode::port_reserved:
      return {409, "The port is reserved"};
    case ErrorCode::port_in_use:
      return {409, "The port is in use on this host"};
    case ErrorCode::already_assigned:
      return {409, "The service has another port"};
    case ErrorCode::already_exists:
      return {409, "It exists already"};
    case ErrorCode::move_in_progress:
      return {409, "A move is under way"};
    case ErrorCode::range_full:
      return {409, "No port is free"};
    case ErrorCode::payload_too_large:
      return {413, "The body is too large"};
    case ErrorCode::uri_too_long:
      return {414, "The request target is too long"};
    case ErrorCode::unsupported_media:
      return {415, "The body must be application/json"};
    case ErrorCode::misdirected:
      return {421, "This server has another name"};
    case ErrorCode::overloaded:
      return {503, "Too much is waiting already"};
    case ErrorCode::expectation_failed:
      return {417, "The expectation cannot be met"};
    case ErrorCode::invalid_shape:
      return {422, "The JSON has the wrong shape"};
    case ErrorCode::headers_too_large:
      return {431, "The header section is too large"};
    case ErrorCode::not_implemented:
      return {501, "Not implemented"};
    case ErrorCode::service_refused:
      return {502, "The service refused"};
    case ErrorCode::service_timeout:
      return {502, "The service did not answer in time"};
    case ErrorCode::service_not_up:
      return {502, "The service did not come up"};
    case ErrorCode::service_unreachable:
      return {502, "The service cannot be reached"};
    case ErrorCode::shutting_down:
      return {503, "The Port Manager is stopping"};
    case ErrorCode::storage_full:
      return {503, "The disk is full"};
    case ErrorCode::storage_failed:
      return {503, "The records cannot be written"};
    case ErrorCode::version_unsupported:
      return {505, "This HTTP version is not supported"};
    case ErrorCode::internal:
      break;
  }
  return {500, "A defect of the Port Manager"};
}

}  // namespace

int status_of(ErrorCode code) {
  return kind_of(code).status;
}

HttpResponse problem(const Error& error, std::string_view instance, std::string_view request_id) {
  const auto kind = kind_of(error.code);
  Json body;
  body["type"] = std::string("urn:itechsmart:port-manager:problem:") + to_string(error.code);
  body["title"] = kind.title;
  body["status"] = kind.status;
  body["detail"] = error.message;
  body["instance"] = instance;
  body["success"] = false;
  body["code"] = to_string(error.code);
  if (!error.field.empty()) body["field"] = error.field;
  if (!request_id.empty()) body["request_id"] = request_id;
  // What a caller sent may be in the detail; bytes that are not UTF-8 must not break the answer.
  auto response = HttpResponse::of(body.dump(-1, ' ', false, Json::error_handler_t::replace),
                                   "application/problem+json");
  response.status = kind.status;
  if (error.code == ErrorCode::unauthorized) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  }
  return response;
}

}  // namespace pm
