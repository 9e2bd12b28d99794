#include "cli/event_text.h"

#include <chrono>
#include <cmath>

#include "app/rfc3339.h"
#include "cli/json_fields.h"
#include "cli/status_style.h"
#include "cli/text_width.h"

namespace pm {
namespace {

std::string services_of(const Json& conflict) {
  const auto one = text_of(conflict, "service");
  return one.empty() ? joined_texts(list_of(conflict, "services")) : one;
}

EventText port_change(const Json& message) {
  const auto service = text_of(message, "service_id");
  const auto before = text_of(message, "old_port");
  const auto after = text_of(message, "new_port");
  if (before.empty()) return {service + ": has port " + after, Style::plain};
  if (after.empty()) return {service + ": gave up port " + before, Style::plain};
  return {service + ": port " + before + " -> " + after, Style::strong};
}

std::string conflict_name(const Json& conflict) {
  return "conflict " + text_of(conflict, "id") + " (" + text_of(conflict, "type") + ", port " +
         text_of(conflict, "port") + ")";
}

/// One line of words; what is missing is "-".
std::string line_of(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) {
    line += (line.empty() ? "" : " ") + (word.empty() ? "-" : printable(word));
  }
  return line + "\n";
}

std::string conflict_words(const char* what, const Json& conflict) {
  return line_of({what, text_of(conflict, "id"), text_of(conflict, "type"),
                  text_of(conflict, "port"), services_of(conflict)});
}

}  // namespace

std::vector<EventText> event_texts(const Json& message) {
  const auto type = text_of(message, "type");
  if (type == "port_change") return {port_change(message)};
  if (type == "conflict_resolved") {
    const auto& conflict = object_of(message, "conflict");
    return {{services_of(conflict) + ": " + conflict_name(conflict) +
                 " closed: " + text_of(conflict, "resolution"),
             Style::good}};
  }
  if (type == "service_status") {
    const auto status = text_of(message, "status");
    return {{text_of(message, "service_id") + ": " + status, style_of_status(status)}};
  }
  if (type != "conflicts_detected") return {{type, Style::plain}};
  std::vector<EventText> texts;
  for (const auto& conflict : list_of(message, "conflicts")) {
    texts.push_back({services_of(conflict) + ": " + conflict_name(conflict) +
                         " opened: " + text_of(conflict, "detail"),
                     style_of_severity(text_of(conflict, "severity"))});
  }
  return texts;
}

std::string event_words(const Json& message) {
  const auto type = text_of(message, "type");
  if (type == "port_change") {
    return line_of({type, text_of(message, "service_id"), text_of(message, "old_port"),
                    text_of(message, "new_port")});
  }
  if (type == "service_status") {
    return line_of({type, text_of(message, "service_id"), text_of(message, "status")});
  }
  if (type == "conflict_resolved") {
    return conflict_words("conflict_resolved", object_of(message, "conflict"));
  }
  std::string words;
  for (const auto& conflict : list_of(message, "conflicts")) {
    words += conflict_words("conflict_detected", conflict);
  }
  return words;
}

std::string event_moment(const Json& message) {
  const auto timestamp = message.is_object() ? message.find("timestamp") : message.end();
  if (!message.is_object() || timestamp == message.end() || !timestamp->is_number()) return {};
  const std::chrono::duration<double> since_epoch(timestamp->get<double>());
  return to_rfc3339_seconds(
      Timestamp(std::chrono::duration_cast<Timestamp::duration>(since_epoch)));
}

}  // namespace pm
