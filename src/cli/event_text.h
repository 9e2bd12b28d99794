#pragma once

#include <string>
#include <vector>

#include "app/strict_json.h"
#include "cli/terminal.h"

namespace pm {

/// One thing that a live message of docs/api.md says, for a person.
struct EventText {
  std::string text;  ///< "passport: port 8007 -> 8050"
  Style style{Style::plain};
};

/// A message that opens several conflicts says several things. One of a type that is not known says
/// its type.
std::vector<EventText> event_texts(const Json& message);

/// The same for a script, a line each: "port_change passport 8007 8050"; "-" is no port.
std::string event_words(const Json& message);

/// The message's time, to the second: "2026-03-01T09:30:00Z".
std::string event_moment(const Json& message);

}  // namespace pm
