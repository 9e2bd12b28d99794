#include "domain/ephemeral_ports.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace pm {
namespace {

constexpr std::string_view blanks = " \t\n";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::optional<std::uint16_t> to_number(std::string_view text) {
  std::uint16_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

struct Span {
  std::uint16_t lo;
  std::uint16_t hi;
};

std::optional<Span> to_span(std::string_view lo, std::string_view hi) {
  const auto first = to_number(lo);
  const auto last = to_number(hi);
  if (!first || !last || *last < *first) return std::nullopt;
  return Span{*first, *last};
}

tl::unexpected<Error> not_of_the_form(std::string_view setting, std::string_view text,
                                      std::string_view example) {
  return fail(ErrorCode::invalid_shape,
              std::string(setting) + " says \"" + std::string(text) +
                  "\", which is not of the form \"" + std::string(example) + "\".",
              std::string(setting));
}

}  // namespace

Expected<EphemeralPorts> EphemeralPorts::from(std::string_view range, std::string_view reserved) {
  EphemeralPorts ports;
  const auto ends = trimmed(range);
  const auto gap = std::min(ends.find_first_of(blanks), ends.size());
  const auto span = to_span(ends.substr(0, gap), trimmed(ends.substr(gap)));
  if (!span) return not_of_the_form("ip_local_port_range", ends, "32768 60999");
  if (span->hi >= Port::lowest) {
    ports.range_ =
        PortRange{"ip_local_port_range", Port::clamped(span->lo), Port::clamped(span->hi)};
  }

  auto rest = trimmed(reserved);
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    const auto item = rest.substr(0, end);
    const auto dash = std::min(item.find('-'), item.size());
    const auto last = dash == item.size() ? item : item.substr(dash + 1);
    const auto listed = to_span(item.substr(0, dash), last);
    const bool ends_in_comma = end + 1 == rest.size();
    if (!listed || ends_in_comma) {
      return not_of_the_form("ip_local_reserved_ports", rest, "8000-8026,8100");
    }
    for (int port = std::max<int>(listed->lo, Port::lowest); port <= listed->hi; ++port) {
      ports.reserved_.set(Port::clamped(port));
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return ports;
}

std::string reserved_ports_text(const PortBitmap& ports) {
  std::string text;
  const auto marked = [&](int port) {
    return port <= Port::highest && ports.test(Port::clamped(port));
  };
  for (int lo = Port::lowest; lo <= Port::highest; ++lo) {
    if (!marked(lo)) continue;
    int hi = lo;
    while (marked(hi + 1)) ++hi;
    if (!text.empty()) text += ',';
    text += std::to_string(lo);
    if (hi > lo) text += '-' + std::to_string(hi);
    lo = hi;
  }
  return text;
}

}  // namespace pm
