#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "domain/error.h"

namespace pm {

/// Finds where one request ends and the next begins, and refuses early what the parser behind it
/// must not see: endless or LF-only lines, other versions than HTTP/1.0 and 1.1, oversized parts.
/// It interprets nothing else. One per connection; lives on the connection's reactor thread.
class RequestFramer {
 public:
  struct Limits {
    std::size_t target{2048};
    std::size_t request_line{8 * 1024};
    std::size_t head{16 * 1024};
    std::size_t body{1024 * 1024};
  };
  enum class Phase : std::uint8_t { idle, head, body, chunked };

  /// `consumed` bytes of the input are done with. `feed` goes to the parser, which is told once
  /// about a whole header section and then about the body as it comes; it may be empty. It points
  /// into the input or into the framer, until the next call.
  struct Step {
    std::size_t consumed{0};
    std::string_view feed;
    bool head_complete{false};
  };

  explicit RequestFramer(Limits limits) : limits_(limits) {}

  /// Takes the next piece from the front of the input. Errors are final for the connection.
  Expected<Step> next(std::string_view input);

  /// After a complete header section: what follows it.
  Expected<void> expect_body(std::size_t length);
  void expect_chunks();
  /// After the parser has taken the whole request.
  void finish();

  Phase phase() const { return phase_; }

 private:
  Expected<Step> next_of_head(std::string_view input);
  Expected<Step> next_of_chunks(std::string_view input);
  /// Looks at one more byte of the header section; true when it is the last.
  Expected<bool> scan(char byte);
  Expected<void> check_request_line() const;
  Error too_large() const;

  Limits limits_;
  Phase phase_{Phase::idle};
  std::string head_;     // what has come of a header section that is not complete
  std::string line_;     // the request line so far
  bool in_line_{true};   // still in the request line
  std::size_t scanned_{0};
  std::size_t remaining_{0};  // of a body of known length
  std::size_t taken_{0};      // of a chunked body
  char last_{0};
  bool blank_{false};    // the current header line is empty so far
};

}  // namespace pm
