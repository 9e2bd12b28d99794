#include "domain/port_range.h"

#include <charconv>
#include <optional>

namespace pm {
namespace {

std::optional<std::int64_t> to_number(std::string_view text) {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

}  // namespace

Expected<PortRange> PortRange::from(std::string name, std::int64_t lo, std::int64_t hi) {
  auto low = Port::from(lo, "range");
  if (!low) return tl::unexpected(low.error());
  auto high = Port::from(hi, "range");
  if (!high) return tl::unexpected(high.error());
  if (*high < *low) {
    return fail(ErrorCode::out_of_bounds,
                "The range " + std::to_string(lo) + "-" + std::to_string(hi) +
                    " ends before it begins; write the lower port first.",
                "range");
  }
  return PortRange{std::move(name), *low, *high};
}

Expected<PortRange> PortRange::parse(std::string_view text) {
  const auto dash = text.find('-');
  const auto lo = to_number(text.substr(0, dash));
  const auto hi = dash == std::string_view::npos ? std::nullopt : to_number(text.substr(dash + 1));
  if (!lo || !hi) {
    return fail(ErrorCode::out_of_bounds,
                "range \"" + std::string(text) +
                    "\" is neither a configured range nor two ports like \"8000-8009\".",
                "range");
  }
  return from(std::string(text), *lo, *hi);
}

std::string PortRange::text() const {
  return to_string(lo) + "-" + to_string(hi);
}

}  // namespace pm
