#include "http/request_framer.h"

#include <algorithm>

namespace pm {
namespace {

constexpr std::size_t max_empty = 64;

}  // namespace

Expected<RequestFramer::Step> RequestFramer::next(std::string_view input) {
  switch (phase_) {
    case Phase::idle: {
      // Empty lines before a request are passed over (RFC 9112 section 2.2).
      const auto start = std::min(input.find_first_not_of("\r\n"), input.size());
      empty_ += start;
      if (empty_ > max_empty) {
        return fail(ErrorCode::bad_request, "Nothing but empty lines comes; a request was due.");
      }
      if (start > 0 || input.empty()) return Step{start, {}, false, false};
      phase_ = Phase::head;
      return next_of_head(input);
    }
    case Phase::head:
      return next_of_head(input);
    case Phase::body: {
      const auto size = std::min(input.size(), remaining_);
      remaining_ -= size;
      return Step{size, input.substr(0, size), false, remaining_ == 0};
    }
    case Phase::chunked:
      break;
  }
  return next_of_chunks(input);
}

Expected<RequestFramer::Step> RequestFramer::next_of_head(std::string_view input) {
  for (std::size_t i = 0; i < input.size(); ++i) {
    const auto last = scan(input[i]);
    if (!last) return tl::unexpected(last.error());
    if (*last) return end_of_head(i + 1);
  }
  return Step{input.size(), {}, false, false};
}

Expected<bool> RequestFramer::scan(char byte) {
  const char before = text_.empty() ? '\0' : text_.back();
  if (byte == '\n' ? before != '\r' : before == '\r') {
    return fail(ErrorCode::bad_request,
                "A line of the request does not end in CRLF, as HTTP lines do (RFC 9112).");
  }
  if (byte == '\0') {
    return fail(ErrorCode::bad_request, "The header section of the request contains a NUL byte.");
  }
  text_ += byte;
  if (in_request_line_ && text_.size() > limits_.request_line) {
    return fail(ErrorCode::uri_too_long, "The request line is longer than " +
                                             std::to_string(limits_.request_line) + " bytes.");
  }
  if (text_.size() > limits_.head) {
    return fail(ErrorCode::headers_too_large,
                "The header section is larger than " + std::to_string(limits_.head) + " bytes.");
  }
  if (byte == '\n') {
    if (at_line_start_) return true;
    in_request_line_ = false;
    at_line_start_ = true;
  } else if (byte != '\r') {
    at_line_start_ = false;
  }
  return false;
}

Expected<RequestFramer::Step> RequestFramer::end_of_head(std::size_t consumed) {
  auto parsed = parse_head(text_, limits_.target);
  if (!parsed) return tl::unexpected(parsed.error());
  parsed_ = std::move(*parsed);
  if (parsed_.length > limits_.body) {
    return fail(ErrorCode::payload_too_large,
                "The body is larger than " + std::to_string(limits_.body) + " bytes.");
  }
  const bool complete = !parsed_.chunked && parsed_.length == 0;
  if (!complete) phase_ = parsed_.chunked ? Phase::chunked : Phase::body;
  remaining_ = parsed_.length;
  for_parser_ = parsed_.for_parser();
  return Step{consumed, for_parser_, true, complete};
}

Expected<RequestFramer::Step> RequestFramer::next_of_chunks(std::string_view input) {
  const auto piece = chunks_.next(input);
  if (!piece) return tl::unexpected(piece.error());
  return Step{piece->consumed, piece->feed, false, chunks_.ended()};
}

void RequestFramer::finish() {
  *this = RequestFramer(limits_);
}

}  // namespace pm
