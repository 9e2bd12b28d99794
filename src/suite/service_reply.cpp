#include "suite/service_reply.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "app/strict_json.h"
#include "domain/text.h"

namespace pm {
namespace {

constexpr std::size_t message_limit = 300;

/// The answer's JSON; null (of no JSON type that a caller looks into) when it is none.
struct Content {
  bool is_json{false};
  Json value;

  const Json* member(const char* name) const {
    if (!value.is_object()) return nullptr;
    const auto it = value.find(name);
    return it == value.end() ? nullptr : &*it;
  }

  std::string text(const char* name) const {
    const Json* found = member(name);
    return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
  }
};

Content content_of(const HttpAnswer& answer) {
  auto value = parse_strict(answer.body, "the answer");
  return value ? Content{true, std::move(*value)} : Content{};
}

/// Cut between characters, not inside one: a byte 10xxxxxx goes on with a character (RFC 3629).
std::string shortened(std::string text) {
  if (text.size() <= message_limit) return text;
  std::size_t end = message_limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

std::string own_message(const Content& content) {
  auto message = content.text("message");
  return shortened(message.empty() ? content.text("detail") : std::move(message));
}

std::string status_message(int status, const std::string& own) {
  const std::string text = "HTTP " + std::to_string(status);
  return own.empty() ? text : text + ": " + own;
}

bool is_good_status(const std::string& word) {
  constexpr std::array<std::string_view, 6> good = {"healthy", "ok",     "up",
                                                    "pass",    "active", "running"};
  return std::find(good.begin(), good.end(), ascii_lower(word)) != good.end();
}

/// Why an HTTP 200 answer to update-port is not a yes.
std::string refusal(const Content& content, const std::string& own) {
  if (!content.is_json) return "the answer is not JSON";
  if (!content.value.is_object()) return "the answer is not a JSON object";
  const Json* success = content.member("success");
  if (success == nullptr) return "the answer has no member \"success\"";
  if (!success->is_boolean()) return "\"success\" in the answer is not true or false";
  return own.empty() ? "the service refused" : own;
}

bool is_true(const Json* value) {
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

/// The members that all three replies have, filled in from an answer that did not come or was cut
/// off. False when there is nothing more to read.
template <typename Reply>
bool begin(Reply& reply, const HttpAnswer& answer) {
  reply.reach = answer.reach;
  reply.status = answer.status;
  reply.message = answer.message;
  return answer.complete;
}

}  // namespace

UpdateReply read_update_reply(const HttpAnswer& answer) {
  UpdateReply reply;
  if (!begin(reply, answer)) return reply;
  const Content content = content_of(answer);
  const std::string own = own_message(content);
  if (answer.status != 200) {
    reply.message = status_message(answer.status, own);
    return reply;
  }
  reply.accepted = is_true(content.member("success"));
  reply.restart_required = is_true(content.member("restart_required"));
  reply.message = reply.accepted ? own : refusal(content, own);
  return reply;
}

HealthReply read_health_reply(const HttpAnswer& answer) {
  HealthReply reply;
  if (!begin(reply, answer)) return reply;
  const Content content = content_of(answer);
  for (const char* name : {"service_id", "service"}) {
    auto identity = content.text(name);
    if (identity.empty()) continue;
    reply.identity = std::move(identity);
    break;
  }
  const Json* status = content.member("status");
  const bool good =
      status == nullptr || !status->is_string() || is_good_status(status->get<std::string>());
  reply.healthy = answer.status == 200 && good;
  if (answer.status != 200) {
    reply.message = status_message(answer.status, own_message(content));
  } else if (!good) {
    reply.message = "its status is \"" + shortened(status->get<std::string>()) + "\"";
  }
  return reply;
}

RestartReply read_restart_reply(const HttpAnswer& answer) {
  RestartReply reply;
  if (!begin(reply, answer)) return reply;
  const Content content = content_of(answer);
  const std::string own = own_message(content);
  if (answer.status != 200 && answer.status != 202) {
    reply.message = status_message(answer.status, own);
    return reply;
  }
  reply.accepted = content.member("success") == nullptr || is_true(content.member("success"));
  reply.message = reply.accepted ? own : refusal(content, own);
  return reply;
}

}  // namespace pm
