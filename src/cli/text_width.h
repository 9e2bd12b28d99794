#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pm {

/// Text that may go to a terminal: valid UTF-8 in which what could steer it (control characters,
/// marks that turn the direction of writing) or is no UTF-8 is U+FFFD. What services and processes
/// call themselves is theirs to choose, and reaches a terminal only through this.
std::string printable(std::string_view text);

/// The columns that printable text takes: two for a wide character, none for a combining one.
int display_width(std::string_view text);

/// As much of printable text as fits into that many columns.
std::string clipped(std::string_view text, int width);

/// Printable text in lines of at most `width` columns, broken where Unicode allows it (UAX 14), the
/// space there counted; a word that is longer stays whole. At least one line.
std::vector<std::string> wrapped(std::string_view text, int width);

}  // namespace pm
