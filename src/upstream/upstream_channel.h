#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/clock.h"
#include "app/strict_json.h"
#include "app/upstream_view.h"
#include "upstream/circuit_breaker.h"
#include "upstream/jitter.h"
#include "upstream/upstream_answer.h"

namespace pm {

/// The calls to one of Hub and Ninja, behind one circuit breaker, and what is known from how they
/// ended. Says in the log, once each, that it is away and that it is back. Thread-safe.
///
/// A refusal (UpstreamAnswer::Kind) proves that somebody is there: it closes the circuit as a yes
/// does. A Retry-After keeps an opened circuit open for as long, up to `longest_retry_after`.
class UpstreamChannel {
 public:
  struct Options {
    std::string target;  ///< "hub"
    std::string name;    ///< "Hub", for messages
    std::string url;     ///< as HubOptions::url, not empty
    std::chrono::milliseconds timeout{5'000};
    std::size_t at_once{16};
    std::chrono::seconds longest_retry_after{600};
    CircuitBreaker::Options circuit;
  };

  /// `clock` outlives it.
  UpstreamChannel(Options options, const Clock& clock);

  const std::string& target() const { return options_.target; }
  const std::string& name() const { return options_.name; }
  /// Of the path below the URL, without a password.
  std::string public_url(const std::string& path) const;

  /// POSTs and blocks for at most `timeout`, the channel's own unless it is given.
  UpstreamAnswer post(const std::string& path, const Json& body,
                      std::optional<std::chrono::milliseconds> timeout = std::nullopt);
  /// POSTs all of them to one path, `at_once` at the same time. The answers are in the order of the
  /// bodies. Those that the circuit does not let pass are `not_made`; a half open one lets the
  /// first pass.
  std::vector<UpstreamAnswer> post_all(const std::string& path, const std::vector<Json>& bodies);
  /// POSTs whatever the circuit says, and after stop() too: the last word.
  UpstreamAnswer farewell(const std::string& path, const Json& body,
                          std::chrono::milliseconds timeout);

  /// How long no call is made; 0: one would be made now. While a single call of another thread is
  /// to decide, a guess.
  std::chrono::milliseconds closed_for() const;
  bool is_closed() const;
  /// Grows with each call that found it away (UpstreamAnswer::away): whoever registered before has
  /// perhaps been forgotten since.
  std::uint64_t outages() const;
  /// As UpstreamView tells it, but for registration and events.
  UpstreamState state() const;

  /// `listener` is called when a circuit that was open has closed, on the thread whose call closed
  /// it. Set before the first call.
  void on_back(std::function<void()> listener) { on_back_ = std::move(listener); }
  /// Ends the calls under way within about a quarter of a second; later ones are `not_made`.
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

 private:
  std::vector<UpstreamAnswer> make(const std::string& path, const std::vector<Json>& bodies,
                                   std::chrono::milliseconds timeout);
  UpstreamAnswer not_made() const;
  void take_note(const UpstreamAnswer& answer, const CircuitBreaker::Permit& permit);
  struct Turn {
    bool opened{false};
    bool closed{false};
  };
  Turn settle(const UpstreamAnswer& answer, const CircuitBreaker::Permit& permit);
  void remember(const UpstreamAnswer& answer);

  const Options options_;
  const Clock& clock_;
  std::function<void()> on_back_;
  std::atomic<bool> stopped_{false};
  Jitter jitter_;
  mutable std::mutex mutex_;
  CircuitBreaker circuit_;
  UpstreamState state_;
  std::uint64_t outages_{0};
};

}  // namespace pm
