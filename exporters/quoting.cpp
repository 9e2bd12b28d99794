#include "exporters/quoting.h"

namespace pm {
namespace {

constexpr std::size_t longest_comment = 100;

/// How many bytes the character has that begins with this one (RFC 3629); 1 for what begins none.
std::size_t length_of(unsigned char first) {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  return first >= 0xc0 ? 2 : 1;
}

bool breaks_a_line(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  if (character.size() == 2)
    return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
  return character == "\xe2\x80\xa8" || character == "\xe2\x80\xa9";
}

}  // namespace

std::string single_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += R"('\'')";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string comment_text(std::string_view utf8) {
  std::string comment;
  std::size_t characters = 0;
  while (!utf8.empty()) {
    if (++characters > longest_comment) return comment + "...";
    const auto character = utf8.substr(0, length_of(static_cast<unsigned char>(utf8.front())));
    utf8.remove_prefix(character.size());
    if (breaks_a_line(character)) {
      comment += ' ';
    } else {
      comment += character;
    }
  }
  return comment;
}

std::string csv_field(std::string_view text) {
  const bool is_plain = text.find_first_of(",\"\r\n") == std::string_view::npos &&
                        (text.empty() || (text.front() != ' ' && text.back() != ' '));
  if (is_plain) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace pm
