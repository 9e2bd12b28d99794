#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "domain/error.h"

namespace pm {

/// Follows a chunked body (RFC 9112 section 7.1) to its end, so that the parser sees only what is
/// well formed and nothing of the next request. Chunk extensions and trailers are passed over.
class ChunkFramer {
 public:
  explicit ChunkFramer(std::size_t max_body) : max_body_(max_body) {}

  /// How much of the input belongs to the next piece of the body; more than 0 unless it is empty.
  Expected<std::size_t> next(std::string_view input);
  /// The last chunk's size line has passed: the parser has what it needs.
  bool parser_done() const { return state_ == State::trailers || state_ == State::ended; }
  bool ended() const { return state_ == State::ended; }

 private:
  enum class State : std::uint8_t { size_line, data, data_end, trailers, ended };

  Expected<std::size_t> next_line(std::string_view input);
  Expected<void> take_line();

  std::size_t max_body_;
  State state_{State::size_line};
  std::string line_;
  std::size_t remaining_{0};
  std::size_t total_{0};
};

}  // namespace pm
