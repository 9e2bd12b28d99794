#include "domain/service_id.h"

#include <algorithm>

namespace pm {
namespace {

constexpr std::size_t max_length = 128;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

Expected<void> check_service_id(std::string_view service_id, std::string_view field) {
  const bool valid = !service_id.empty() && service_id.size() <= max_length &&
                     is_alphanumeric(service_id.front()) &&
                     std::all_of(service_id.begin(), service_id.end(), [](char c) {
                       return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
                     });
  if (valid) return {};
  return fail(
      ErrorCode::invalid_name,
      std::string(field) +
          " must be 1 to 128 letters, digits, dots, hyphens or underscores and start with a "
          "letter or a digit, for example \"legalai-pro\".",
      std::string(field));
}

}  // namespace pm
