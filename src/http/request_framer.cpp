#include "http/request_framer.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace pm {
namespace {

/// The number behind Content-Length; the largest there is when it is larger than that. Nothing when
/// there is none: whether it is well formed is the parser's business.
std::optional<std::uint64_t> declared_length(std::string_view head) {
  static constexpr std::string_view name = "\r\ncontent-length:";
  const auto same = [](char left, char right) {
    return (left >= 'A' && left <= 'Z' ? static_cast<char>(left - 'A' + 'a') : left) == right;
  };
  const auto* found = std::search(head.begin(), head.end(), name.begin(), name.end(), same);
  if (found == head.end()) return std::nullopt;
  const auto* digits = std::find_if(found + name.size(), head.end(), [](char c) { return c != ' '; });
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(digits, head.end(), value);
  if (error == std::errc::result_out_of_range) return UINT64_MAX;
  if (error != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace

Expected<RequestFramer::Step> RequestFramer::next(std::string_view input) {
  switch (phase_) {
    case Phase::idle: {
      // Empty lines before a request are passed over (RFC 9112 section 2.2).
      const auto start = std::min(input.find_first_not_of("\r\n"), input.size());
      if (start > 0) return Step{start, {}, false};
      if (input.empty()) return Step{};
      phase_ = Phase::head;
      return next_of_head(input);
    }
    case Phase::head: return next_of_head(input);
    case Phase::body: {
      const auto size = std::min(input.size(), remaining_);
      remaining_ -= size;
      return Step{size, input.substr(0, size), false};
    }
    case Phase::chunked: break;
  }
  return next_of_chunks(input);
}

Expected<RequestFramer::Step> RequestFramer::next_of_head(std::string_view input) {
  for (std::size_t i = 0; i < input.size(); ++i) {
    const auto last = scan(input[i]);
    if (!last) return tl::unexpected(last.error());
    if (!*last) continue;
    const auto end = input.substr(0, i + 1);
    if (!head_.empty()) head_ += end;
    const auto head = head_.empty() ? end : std::string_view(head_);
    // The parser would set that much memory aside.
    if (declared_length(head).value_or(0) > limits_.body) return tl::unexpected(too_large());
    return Step{end.size(), head, true};
  }
  head_ += input;
  return Step{input.size(), {}, false};
}

Expected<bool> RequestFramer::scan(char byte) {
  ++scanned_;
  const bool is_line_end = byte == '\n';
  if (is_line_end && last_ != '\r') {
    return fail(ErrorCode::bad_request,
                "A line of the request ends in LF alone; HTTP lines end in CRLF (RFC 9112).");
  }
  if (byte == '\0') {
    return fail(ErrorCode::bad_request, "The header section of the request contains a NUL byte.");
  }
  last_ = byte;
  if (in_line_) {
    if (is_line_end) {
      in_line_ = false;
      blank_ = true;
      if (auto checked = check_request_line(); !checked) return tl::unexpected(checked.error());
      return false;
    }
    if (byte != '\r') line_ += byte;
    if (line_.size() > limits_.request_line) {
      return fail(ErrorCode::uri_too_long, "The request line is longer than " +
                                               std::to_string(limits_.request_line) + " bytes.");
    }
    return false;
  }
  if (scanned_ > limits_.head) {
    return fail(ErrorCode::headers_too_large, "The header section is larger than " +
                                                  std::to_string(limits_.head) + " bytes.");
  }
  if (is_line_end && blank_) return true;
  blank_ = is_line_end || (blank_ && byte == '\r');
  return false;
}

Expected<void> RequestFramer::check_request_line() const {
  const auto space = line_.rfind(' ');
  const auto version = space == std::string::npos ? std::string() : line_.substr(space + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    const bool is_other_version = version.size() == 8 && version.rfind("HTTP/", 0) == 0;
    return fail(
        is_other_version ? ErrorCode::version_unsupported : ErrorCode::bad_request,
        is_other_version
            ? "Only HTTP/1.1 and HTTP/1.0 are spoken here."
            : "The first line is not \"METHOD target HTTP/1.1\"; this port speaks HTTP.");
  }
  const auto target = line_.find(' ');
  if (space - target > limits_.target + 1) {
    return fail(ErrorCode::uri_too_long,
                "The request target is longer than " + std::to_string(limits_.target) + " bytes.");
  }
  return {};
}

Expected<RequestFramer::Step> RequestFramer::next_of_chunks(std::string_view input) {
  // Line by line, so that nothing behind the last chunk reaches the parser with it.
  const auto line_end = input.find('\n');
  const auto size = line_end == std::string_view::npos ? input.size() : line_end + 1;
  taken_ += size;
  if (taken_ > limits_.body) {
    return tl::unexpected(too_large());
  }
  return Step{size, input.substr(0, size), false};
}

Error RequestFramer::too_large() const {
  return {ErrorCode::payload_too_large,
          "The body is larger than " + std::to_string(limits_.body) + " bytes.",
          {}};
}

Expected<void> RequestFramer::expect_body(std::size_t length) {
  if (length > limits_.body) {
    return tl::unexpected(too_large());
  }
  phase_ = Phase::body;
  remaining_ = length;
  return {};
}

void RequestFramer::expect_chunks() {
  phase_ = Phase::chunked;
  taken_ = 0;
}

void RequestFramer::finish() {
  phase_ = Phase::idle;
  head_.clear();
  line_.clear();
  in_line_ = true;
  scanned_ = 0;
  remaining_ = 0;
  last_ = 0;
  blank_ = false;
}

}  // namespace pm
