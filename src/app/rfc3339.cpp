#include "app/rfc3339.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

namespace pm {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

/// The broken-down time. fmt's own reading of a time point goes through nanoseconds, and overflows
/// in the year 2262.
std::tm utc(Timestamp at) {
  return fmt::gmtime(floor<seconds>(at).time_since_epoch().count());
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// True when `text` has a digit wherever `shape` has a '0', and is equal to it elsewhere.
bool has_shape(std::string_view text, std::string_view shape) {
  return std::equal(text.begin(), text.end(), shape.begin(), shape.end(), [](char have, char want) {
    return want == '0' ? is_digit(have) : have == want;
  });
}

/// `digits` holds digits only.
int number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

/// ".5Z" is 500 ms, "Z" is 0. What is finer than a millisecond is cut off.
std::optional<std::chrono::milliseconds> fraction(std::string_view text) {
  if (text == "Z") return std::chrono::milliseconds(0);
  if (text.size() < 3 || text.front() != '.' || text.back() != 'Z') return std::nullopt;
  const auto decimals = text.substr(1, text.size() - 2);
  if (!std::all_of(decimals.begin(), decimals.end(), is_digit)) return std::nullopt;
  std::string millis(decimals.substr(0, 3));
  millis.resize(3, '0');
  return std::chrono::milliseconds(number(millis));
}

}  // namespace

std::string to_rfc3339(Timestamp at) {
  const auto millis = (at - floor<seconds>(at)).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", utc(at), millis);
}

std::string to_rfc3339_seconds(Timestamp at) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", utc(at));
}

std::optional<Timestamp> from_rfc3339(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00T00:00:00";
  if (text.size() <= shape.size() || !has_shape(text.substr(0, shape.size()), shape)) {
    return std::nullopt;
  }
  const auto part = [&](std::size_t from, std::size_t length) {
    return number(text.substr(from, length));
  };
  const auto date = std::chrono::year(part(0, 4)) /
                    std::chrono::month(static_cast<unsigned>(part(5, 2))) /
                    std::chrono::day(static_cast<unsigned>(part(8, 2)));
  const int hour = part(11, 2);
  const int minute = part(14, 2);
  const int second = part(17, 2);
  const auto millis = fraction(text.substr(shape.size()));
  if (!date.ok() || hour > 23 || minute > 59 || second > 59 || !millis) return std::nullopt;
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + seconds(second) + *millis;
}

std::string to_file_stamp(Timestamp at) {
  return fmt::format("{:%Y%m%d_%H%M%S}", utc(at));
}

double to_epoch_seconds(Timestamp at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

}  // namespace pm
