#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "http/http_message.h"
#include "http/router.h"

namespace pm {

/// Decides what becomes of a request: refused, answered at once, or work for a thread that may
/// wait. Constant after its construction, so thread-safe.
class Dispatcher {
 public:
  struct Options {
    std::string auth_token;                    ///< empty: changes need no credentials
    std::vector<std::string> allowed_origins;  ///< besides the server's own
    /// Names with a dot that this server goes by, in lower case. IP addresses, localhost and names
    /// without a dot need not be listed.
    std::vector<std::string> allowed_hosts;
  };
  struct Work {
    Lane lane{Lane::quick};
    /// Never throws; a defect becomes a 500 that tells the client nothing of it.
    std::function<HttpResponse(const HttpRequest&)> run;
  };

  struct Outcome {
    std::variant<HttpResponse, Work> next;
    const Route* route{nullptr};  ///< null where none fits; it lives as long as the dispatcher
  };

  Dispatcher(Router router, Options options)
      : router_(std::move(router)), options_(std::move(options)) {}

  Outcome dispatch(const HttpRequest& request) const;

 private:
  std::variant<HttpResponse, Work> decide(const HttpRequest& request, const Route*& route) const;
  Expected<void> check(const HttpRequest& request) const;
  Expected<void> check_host(const HttpRequest& request) const;
  Expected<void> check_token(const HttpRequest& request) const;

  Router router_;
  Options options_;
};

}  // namespace pm
