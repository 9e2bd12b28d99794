#include "upstream/hub_restart.h"

#include <string_view>

namespace pm {
namespace {

std::string path_for(std::string path, const std::string& service_id) {
  constexpr std::string_view place = "{service_id}";
  if (const auto at = path.find(place); at != std::string::npos) {
    path.replace(at, place.size(), service_id);
  }
  return path;
}

/// Not told of success otherwise: an empty answer, or one that is no JSON, is a yes by its status.
bool says_no(const std::string& body) {
  const auto json = parse_strict(body, "the answer");
  if (!json || !json->is_object()) return false;
  const auto success = json->find("success");
  return success != json->end() && *success != true;
}

}  // namespace

RestartReply HubRestart::restart(const std::string& service_id) {
  const auto answer = channel_.post(path_for(path_, service_id), Json{{"service_id", service_id}});
  RestartReply reply;
  reply.status = answer.status;
  reply.reach = answer.status != 0 ? Reach::answered : Reach::unreachable;
  reply.accepted = answer.accepted() && !says_no(answer.body);
  reply.message = reply.accepted      ? "Hub restarts it"
                  : answer.accepted() ? "Hub said no"
                                      : answer.message;
  return reply;
}

}  // namespace pm
