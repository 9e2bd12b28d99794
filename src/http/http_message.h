#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/unique_fd.h"

namespace pm {

/// A request as the routes see it: complete, decoded, checked for HTTP's own rules.
struct HttpRequest {
  std::string method;                        ///< "GET"; a HEAD request is routed as GET
  std::string path;                          ///< percent-encoded, as sent, without the query
  std::vector<std::string> segments;         ///< of the path, percent-decoded
  std::map<std::string, std::string> query;  ///< percent-decoded; the first of a repeated name
  bool query_is_valid{true};
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  std::string remote;      ///< the client's address without port
  std::string request_id;  ///< the client's X-Request-Id, or one of ours
  bool head{false};
  bool http10{false};
  bool keep_alive{true};

  std::string header(const std::string& lower_case_name) const {
    const auto found = headers.find(lower_case_name);
    return found == headers.end() ? std::string() : found->second;
  }
};

/// An answer. The body is shared: a hot one is rendered once and sent many times.
///
/// Two are no answers yet. One with `waits` is asked for again, without the query's `wait`, once
/// the registry has passed that revision or the time is over. One of status 101 with `takes_over`
/// gives the socket away after its header section (RFC 9110 section 15.2.2). Only a handler on the
/// reactor may answer these.
struct HttpResponse {
  struct Wait {
    std::int64_t revision{0};
    std::chrono::milliseconds time{0};
  };

  int status{200};
  std::string content_type{"application/json"};
  std::shared_ptr<const std::string> body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<Wait> waits;
  /// Gets the socket, and what the client sent behind its request. Called on the reactor's thread.
  std::function<void(UniqueFd fd, std::string unread)> takes_over;

  static HttpResponse of(std::string text, std::string content_type = "application/json");
};

/// How an answer goes over one connection.
struct WireForm {
  bool head{false};  ///< the header of the answer, without its body (RFC 9110 section 9.3.2)
  bool http10{false};
  bool keep_alive{true};
  std::string_view date;  ///< an IMF-fixdate
  std::string_view request_id;
};

/// Status line and header section, with the empty line (RFC 9112 section 2.1). Header values with a
/// line break are cut there: nothing that a caller sent can start a header of its own.
std::string serialize_head(const HttpResponse& response, const WireForm& form);

/// "Not Found"
const char* reason_phrase(int status);

/// The text with %XX decoded (RFC 3986 section 2.1); '+' stays as it is in a path, and becomes a
/// space in a query. Nothing when a percent sign is not followed by two hexadecimal digits or an
/// encoded NUL would appear.
std::optional<std::string> percent_decode(std::string_view text, bool is_query);

/// "/api/ports/8000" to {"api", "ports", "8000"}; nothing when an encoding is broken. Empty
/// segments are kept, so "//health" is not "/health"; one trailing slash is dropped.
std::optional<std::vector<std::string>> split_path(std::string_view path);

}  // namespace pm
