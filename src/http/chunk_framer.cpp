#include "http/chunk_framer.h"

#include <algorithm>
#include <charconv>

namespace pm {
namespace {

constexpr std::size_t max_line = 1024;

tl::unexpected<Error> malformed() {
  return fail(ErrorCode::bad_request,
              "The chunked body is malformed: each chunk is its size in hexadecimal digits, CRLF, "
              "that many bytes and CRLF.");
}

}  // namespace

Error ChunkFramer::too_large() const {
  return {ErrorCode::payload_too_large,
          "The body is larger than " + std::to_string(max_body_) + " bytes.",
          {}};
}

Expected<ChunkFramer::Piece> ChunkFramer::next(std::string_view input) {
  if (state_ != State::data) return next_line(input);
  const auto size = std::min(input.size(), remaining_);
  remaining_ -= size;
  if (remaining_ == 0) state_ = State::data_end;
  return Piece{size, input.substr(0, size)};
}

Expected<ChunkFramer::Piece> ChunkFramer::next_line(std::string_view input) {
  const auto end = input.find('\n');
  const auto size = end == std::string_view::npos ? input.size() : end + 1;
  line_ += input.substr(0, size);
  overhead_ += size;
  if (line_.size() > max_line) return malformed();
  if (is_mostly_framing()) {
    return fail(
        ErrorCode::payload_too_large,
        "The chunks of the body are too small: their framing is larger than what they carry. "
        "Send larger chunks, or a Content-Length.");
  }
  if (end == std::string_view::npos) return Piece{size, {}};
  if (line_.size() < 2 || line_[line_.size() - 2] != '\r') return malformed();
  line_.resize(line_.size() - 2);
  auto fed = take_line();
  if (!fed) return tl::unexpected(fed.error());
  fed_ = std::move(*fed);
  line_.clear();
  return Piece{size, fed_};
}

Expected<std::string> ChunkFramer::take_line() {
  switch (state_) {
    case State::size_line: {
      // Behind the size there may be extensions, after space that nobody should send.
      const auto digits = line_.substr(0, line_.find_first_of("; \t"));
      const auto behind = line_.find_first_not_of(" \t", digits.size());
      if (behind != std::string::npos && line_[behind] != ';') return malformed();
      const auto* end = digits.data() + digits.size();
      const auto [stop, error] = std::from_chars(digits.data(), end, remaining_, 16);
      if (digits.empty() || error != std::errc{} || stop != end) return malformed();
      total_ += remaining_;
      if (remaining_ > max_body_ || total_ > max_body_) {
        return tl::unexpected(too_large());
      }
      state_ = remaining_ == 0 ? State::trailers : State::data;
      return digits + "\r\n";
    }
    case State::data_end:
      if (!line_.empty()) return malformed();
      state_ = State::size_line;
      return std::string("\r\n");
    case State::trailers:
      if (line_.empty()) state_ = State::ended;
      return std::string();
    case State::data:
    case State::ended:
      break;
  }
  return std::string();
}

}  // namespace pm
