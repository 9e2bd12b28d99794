#pragma once

#include <string>
#include <string_view>

namespace pm {

/// One word of a POSIX shell, whatever is in the text: 'it'\''s'. haproxy reads it so too. The
/// text has no NUL.
std::string single_quoted(std::string_view text);

/// The text fit for a comment of one line: every control character and line separator (C0, DEL, C1,
/// U+2028, U+2029) becomes a space, and after 100 characters it is cut and ends in "...".
std::string comment_text(std::string_view utf8);

/// A field of RFC 4180: as it is, or in double quotes when a comma, a double quote, a line break or
/// a space at an end is in it.
std::string csv_field(std::string_view text);

}  // namespace pm
