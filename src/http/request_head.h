#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "domain/error.h"

namespace pm {

/// A request's header section, checked to the letter of RFC 9112: what is ambiguous is refused
/// rather than guessed at, because two readers that guess differently is how requests are smuggled.
struct RequestHead {
  std::string method;
  std::string target;
  bool http10{false};
  /// Names in lower case, values without the space around them. A repeated one is joined by ", "
  /// (RFC 9110 section 5.2).
  std::map<std::string, std::string> headers;
  bool has_length{false};
  std::uint64_t length{0};  ///< of the body; the largest number for one that does not fit in it
  bool chunked{false};

  /// What Pistache is given in place of the original: the request line and the header that frames
  /// the body. Its typed headers refuse values that HTTP permits, an empty Accept among them.
  std::string for_parser() const;
};

/// Reads a complete header section, its empty line included. Errors: bad_request,
/// version_unsupported, uri_too_long for a target over `max_target` bytes, not_implemented for a
/// transfer coding other than chunked.
Expected<RequestHead> parse_head(std::string_view text, std::size_t max_target);

}  // namespace pm
