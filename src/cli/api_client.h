#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "app/strict_json.h"
#include "cli/refusal.h"
#include "http_client/http_call.h"

namespace pm {

struct ApiAnswer {
  std::string text;  ///< as it came
  Json body;         ///< the same, parsed; discarded when it is no JSON
  std::map<std::string, std::string> headers;
};

struct ApiRequest {
  std::string target;  ///< "/api/ports/assignments?x=y"
  std::string method{"GET"};
  std::optional<std::string> json{};
  /// Of reading. What changes something takes as long as services do.
  std::chrono::milliseconds timeout{30'000};
};

/// Speaks docs/api.md with one Port Manager. For one thread.
class ApiClient {
 public:
  struct Options {
    std::string url;
    std::string token_file;  ///< "": no token
    std::string actor;       ///< X-Actor
  };

  /// Refused, with status usage, when the URL is none; when the token cannot be read, with failed.
  static Answered<ApiClient> make(const Options& options);

  /// Makes the call and waits for the answer. While it waits, SIGINT, SIGTERM and SIGHUP end the
  /// wait: the refusal names the signal, which is still to be raised. `watch` as in http_call.h;
  /// its stop_fd is not used.
  Answered<ApiAnswer> call(const ApiRequest& request, const CallWatch& watch = {}) const;

  /// The call as it is made, for those that make many at once.
  HttpCall http_call(const ApiRequest& request) const;
  /// Where it is, for messages: without a password.
  const std::string& public_url() const { return public_url_; }
  /// "http://HOST:PORT/path", for a connection that is not a call.
  std::string url_of(const std::string& target) const;

 private:
  ApiClient() = default;
  Refusal unreachable(const HttpAnswer& answer) const;

  std::string url_;
  std::string public_url_;
  std::string actor_;
  std::string token_;
};

/// What an HTTP answer of the API comes to.
Answered<ApiAnswer> api_answer(const HttpAnswer& answer);

/// Sleeps; refused, with the signal, when one of those that end a call comes.
Answered<void> wait_for_signal(std::chrono::milliseconds longest);

/// "user@host" of this process.
std::string default_actor();

}  // namespace pm
