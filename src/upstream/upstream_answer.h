#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "http_client/http_call.h"

namespace pm {

/// How a call to Hub or Ninja ended.
struct UpstreamAnswer {
  enum class Kind : std::uint8_t {
    accepted,  ///< 2xx
    refused,   ///< 4xx, but for 408, 425 and 429: it is there, and does not want this
    failed,    ///< everything else: no answer, 408, 425, 429, 3xx, 5xx. Worth trying again
    not_made,  ///< the circuit is open, or the Port Manager is stopping
  };
  Kind kind{Kind::not_made};
  int status{0};  ///< 0: no answer
  bool away{
      false};  ///< it is not there: no answer, or a 502, 503 or 504 from what stands before it
  std::optional<std::chrono::seconds> retry_after{};
  std::string body{};
  std::string message{};  ///< a sentence that names who was called and where; "" when accepted

  bool accepted() const { return kind == Kind::accepted; }
};

/// What an answer means. `who` is a name and `url` has no password: "Hub", "http://hub/api/x". A
/// pure function.
UpstreamAnswer judge(HttpAnswer answer, const std::string& who, const std::string& url);

}  // namespace pm
