#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/service_client.h"

namespace pm {

struct HttpCall {
  std::string url;                      ///< http or https, of url.h; "" is unreachable
  std::optional<std::string> json;      ///< POST with this body; unset, GET
  std::chrono::milliseconds timeout{};  ///< of the whole call, connecting included
  /// Once it is true the call ends, within about a second; may be null.
  const std::atomic<bool>* stopped{nullptr};
};

struct HttpAnswer {
  Reach reach{Reach::unreachable};
  int status{0};  ///< 0 unless answered
  std::string body;
  bool complete{false};  ///< false: not answered, or the body is over the limit and cut off
  std::string message;   ///< a clause, unless complete: "no answer within 10 s"
  /// What the answer's Retry-After came to, a date counted from now; unset without one.
  std::optional<std::chrono::seconds> retry_after{};
};

/// Bytes of an answer that are read; a longer one is cut off.
inline constexpr std::size_t answer_limit = 1024 * 1024;

/// Makes one HTTP/1.1 call and blocks until it is over. No proxy, no redirects, no cookies.
///
/// Each call has a libcurl handle and a connection of its own, which are closed after it: a kept
/// connection would still be answered by a service that has closed its listener, and a port that
/// was let go would look alive. Thread-safe for that reason too: no two threads share a handle.
///
/// The time-out may be exceeded when the host is a name whose resolver hangs: libcurl waits for
/// getaddrinfo(3) to come back, which resolv.conf(5) limits.
HttpAnswer perform(const HttpCall& call);

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
