#include "cli/refusal.h"

#include <map>
#include <string_view>

#include "cli/json_fields.h"

namespace pm {
namespace {

struct Meaning {
  ExitStatus status;
  const char* next_step;
};

constexpr const char* on_a_taken_port =
    "portmanager suggest names a free port; portmanager who PORT tells more of this one.";
constexpr const char* all_as_before =
    "portmanager status SERVICE tells how it is; its own log has the rest.";

/// By the code of docs/api.md. What is not here has failed, and its detail says it all.
const std::map<std::string_view, Meaning>& meanings() {
  static const std::map<std::string_view, Meaning> by_code = {
      {"out_of_bounds", {ExitStatus::usage, ""}},
      {"invalid_name", {ExitStatus::usage, ""}},
      {"invalid_shape", {ExitStatus::usage, ""}},
      {"bad_request", {ExitStatus::usage, ""}},
      {"uri_too_long", {ExitStatus::usage, ""}},
      {"unauthorized",
       {ExitStatus::failed, "Give the token with --token-file FILE or PORTMANAGER_TOKEN_FILE."}},
      {"unknown_service",
       {ExitStatus::not_found, "portmanager services shows the services that there are."}},
      {"unknown_port",
       {ExitStatus::not_found,
        "portmanager list shows who has a port, portmanager reserved what is reserved."}},
      {"not_found", {ExitStatus::not_found, ""}},
      {"port_taken", {ExitStatus::conflict, on_a_taken_port}},
      {"port_reserved", {ExitStatus::conflict, on_a_taken_port}},
      {"port_in_use", {ExitStatus::conflict, on_a_taken_port}},
      {"already_assigned",
       {ExitStatus::conflict, "portmanager reassign SERVICE PORT moves a service."}},
      {"already_exists", {ExitStatus::conflict, "Give another name, or none."}},
      {"move_in_progress",
       {ExitStatus::conflict, "portmanager watch shows when it is done; try again then."}},
      {"range_full",
       {ExitStatus::conflict, "portmanager list shows who has the ports; release what is unused."}},
      {"service_refused", {ExitStatus::failed, all_as_before}},
      {"service_timeout", {ExitStatus::failed, all_as_before}},
      {"service_not_up", {ExitStatus::failed, all_as_before}},
      {"service_unreachable", {ExitStatus::failed, all_as_before}},
      {"shutting_down", {ExitStatus::failed, "Try again when it is back."}},
      {"overloaded", {ExitStatus::failed, "Try again in a moment."}},
      {"storage_full", {ExitStatus::failed, "portmanager doctor tells how much room is left."}},
      {"storage_failed",
       {ExitStatus::failed, "portmanager doctor --data-dir FOLDER looks into it."}},
  };
  return by_code;
}

}  // namespace

Refusal refusal_of(int http_status, const std::string& body) {
  const auto problem = Json::parse(body, nullptr, false);
  Refusal refusal;
  refusal.message = text_of(problem, "detail");
  refusal.code = text_of(problem, "code");
  if (refusal.code.empty() || refusal.message.empty()) {
    refusal.code.clear();
    refusal.message = "The server answered with HTTP status " + std::to_string(http_status) +
                      ", and not as a Port Manager does.";
    refusal.next_step = "Look whether --url names a Port Manager.";
    return refusal;
  }
  refusal.answer = body;
  const auto meaning = meanings().find(refusal.code);
  if (meaning == meanings().end()) return refusal;
  refusal.status = meaning->second.status;
  refusal.next_step = meaning->second.next_step;
  return refusal;
}

}  // namespace pm
