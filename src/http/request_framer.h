#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "domain/error.h"
#include "http/chunk_framer.h"
#include "http/request_head.h"

namespace pm {

/// Finds where one request ends and the next begins, and refuses early what the parser behind it
/// must not see. One per connection; lives on the connection's reactor thread.
class RequestFramer {
 public:
  struct Limits {
    std::size_t target{2048};
    std::size_t request_line{8 * 1024};
    std::size_t head{16 * 1024};
    std::size_t body{1024 * 1024};
  };
  enum class Phase : std::uint8_t { idle, head, body, chunked };

  /// `consumed` bytes of the input are done with; `feed` goes to the parser and may be empty. It
  /// points into the input or into the framer, until the next call.
  struct Step {
    std::size_t consumed{0};
    std::string_view feed;
    bool head_complete{false};
    bool complete{false};  ///< the request has ended
  };

  explicit RequestFramer(Limits limits) : limits_(limits), chunks_(limits.body) {}

  /// Takes the next piece from the front of the input. Errors are final for the connection.
  Expected<Step> next(std::string_view input);
  /// Makes ready for the next request, after a complete one.
  void finish();

  Phase phase() const { return phase_; }
  /// The header section, once it is complete.
  const RequestHead& head() const { return parsed_; }

 private:
  Expected<Step> next_of_head(std::string_view input);
  Expected<Step> next_of_chunks(std::string_view input);
  Expected<Step> end_of_head(std::size_t consumed);
  /// Looks at one more byte of the header section; true when it is the last.
  Expected<bool> scan(char byte);

  Limits limits_;
  Phase phase_{Phase::idle};
  std::size_t empty_{0};  // bytes of empty lines before the request
  std::string text_;      // of the header section, as far as it has come
  bool in_request_line_{true};
  bool at_line_start_{false};
  RequestHead parsed_;
  std::string for_parser_;
  std::size_t remaining_{0};
  ChunkFramer chunks_;
};

}  // namespace pm
