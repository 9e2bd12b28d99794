#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "domain/error.h"

namespace pm {

/// Follows a chunked body (RFC 9112 section 7.1) to its end. The parser is fed the same chunks in
/// their plainest form: extensions and trailers are passed over, nothing of the next request is
/// seen.
class ChunkFramer {
 public:
  explicit ChunkFramer(std::size_t max_body) : max_body_(max_body) {}

  /// How much more framing than data there may be: each chunk costs the parser as much as a large
  /// one, whatever little it carries.
  static constexpr std::size_t free_framing = 16 * 1024;

  /// `consumed` is more than 0 unless the input is empty. `feed` goes to the parser; it points into
  /// the input or into the framer, until the next call.
  struct Piece {
    std::size_t consumed{0};
    std::string_view feed;
  };
  /// Takes the next piece from the front of the input.
  Expected<Piece> next(std::string_view input);
  bool ended() const { return state_ == State::ended; }

 private:
  enum class State : std::uint8_t { size_line, data, data_end, trailers, ended };

  Expected<Piece> next_line(std::string_view input);
  /// Acts on a complete line; what the parser is fed for it.
  Expected<std::string> take_line();
  bool is_mostly_framing() const { return overhead_ > free_framing + total_; }
  Error too_large() const;

  std::size_t max_body_;
  State state_{State::size_line};
  std::string line_;
  std::size_t remaining_{0};
  std::size_t total_{0};     // of the chunks' data
  std::size_t overhead_{0};  // of all that is not data
  std::string fed_;
};

}  // namespace pm
