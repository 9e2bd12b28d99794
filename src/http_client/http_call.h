#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/service_client.h"

namespace pm {

/// Bytes of an answer that are read unless a call says otherwise; a longer one is cut off.
inline constexpr std::size_t answer_limit = 1024 * 1024;

struct HttpCall {
  std::string url;                      ///< http or https, of url.h; "" is unreachable
  std::optional<std::string> json;      ///< POST with this body; unset, GET
  std::chrono::milliseconds timeout{};  ///< of the whole call, connecting included
  /// Once it is true the call ends, within about a second; may be null.
  const std::atomic<bool>* stopped{nullptr};
  std::string method{};                ///< instead of GET or POST, for example "DELETE"
  std::vector<std::string> headers{};  ///< lines, "X-Actor: me"; libcurl takes them as they are
  std::chrono::milliseconds connect_timeout{};  ///< 0: as long as the whole call
  std::size_t longest_answer{answer_limit};     ///< in bytes
};

struct HttpAnswer {
  Reach reach{Reach::unreachable};
  int status{0};  ///< 0 unless answered
  std::string body;
  bool complete{false};  ///< false: not answered, or the body is over the limit and cut off
  std::string message;   ///< a clause, unless complete: "no answer within 10 s"
  /// What the answer's Retry-After came to, a date counted from now; unset without one.
  std::optional<std::chrono::seconds> retry_after{};
  std::map<std::string, std::string> headers{};  ///< by name in lower case; the last of a name
};

/// Makes one HTTP/1.1 call and blocks until it is over. No proxy, no redirects, no cookies.
///
/// Each call has a libcurl handle and a connection of its own, which are closed after it: a kept
/// connection would still be answered by a service that has closed its listener, and a port that
/// was let go would look alive. Thread-safe for that reason too: no two threads share a handle.
///
/// The time-out may be exceeded when the host is a name whose resolver hangs: libcurl waits for
/// getaddrinfo(3) to come back, which resolv.conf(5) limits.
HttpAnswer perform(const HttpCall& call);

/// What a caller does while it waits for an answer.
struct CallWatch {
  int stop_fd{-1};                      ///< once it is readable the call ends at once; -1: none
  std::chrono::milliseconds tick{200};  ///< the longest time between two calls of on_tick
  std::function<void()> on_tick{};      ///< on the caller's thread; may be empty
};

/// As perform(); nothing when the call was ended through `stop_fd`, which is left unread.
std::optional<HttpAnswer> perform_watched(const HttpCall& call, const CallWatch& watch);

/// Makes the calls, up to `at_once` (at least 1) of them at the same time, and blocks until all are
/// over. Each is as perform() says; its time-out counts from when its turn comes. One socket is
/// open for each call under way, two while an address of the other IP version is tried. `take` gets
/// each answer with the place of its call, in the order in which they come, on the caller's thread.
void perform_all(const std::vector<HttpCall>& calls, std::size_t at_once,
                 const std::function<void(std::size_t place, HttpAnswer answer)>& take);

/// True when a TCP connection to the port comes about within the time-out. It is closed at once.
/// `stopped` as in HttpCall.
bool can_connect(const std::string& host, Port port, std::chrono::milliseconds timeout,
                 const std::atomic<bool>* stopped = nullptr);

}  // namespace pm
