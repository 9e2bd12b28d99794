#include "cli/text_width.h"

#include <unictype.h>
#include <unilbrk.h>
#include <unistr.h>
#include <uniwidth.h>

#include <array>

namespace pm {
namespace {

constexpr const char* encoding = "UTF-8";
constexpr const char* replacement = "\xef\xbf\xbd";
constexpr ucs4_t invalid = 0xfffd;

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

bool steers(ucs4_t character) {
  return uc_is_cntrl(character) || uc_is_property_bidi_control(character);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    ucs4_t character = 0;
    const auto count = static_cast<std::size_t>(u8_mbtouc(&character, bytes_of(text), text.size()));
    const bool is_bad = character == invalid || steers(character);
    result += is_bad ? std::string_view(replacement) : text.substr(0, count);
    text.remove_prefix(count);
  }
  return result;
}

int display_width(std::string_view text) {
  return u8_width(bytes_of(text), text.size(), encoding);
}

std::string clipped(std::string_view text, int width) {
  std::size_t kept = 0;
  int columns = 0;
  while (kept < text.size()) {
    ucs4_t character = 0;
    const auto rest = text.substr(kept);
    const auto count = static_cast<std::size_t>(u8_mbtouc(&character, bytes_of(rest), rest.size()));
    columns += display_width(rest.substr(0, count));
    if (columns > width) break;
    kept += count;
  }
  return std::string(text.substr(0, kept));
}

std::vector<std::string> wrapped(std::string_view text, int width) {
  std::string breaks(text.size(), '\0');
  u8_width_linebreaks(bytes_of(text), text.size(), width, 0, 0, nullptr, encoding, breaks.data());
  std::vector<std::string> lines(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (breaks[i] == UC_BREAK_POSSIBLE || breaks[i] == UC_BREAK_MANDATORY) lines.emplace_back();
    lines.back() += text[i];
  }
  for (auto& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

}  // namespace pm
