#include "upstream/upstream_channel.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "http_client/http_call.h"
#include "http_client/url.h"

namespace pm {
namespace {

using std::chrono::milliseconds;

// How long it takes to see how the single call of a half open circuit ends, at a guess.
constexpr milliseconds trial_time{250};

std::string dump(const Json& body) {
  // A message may quote what a process wrote, in whatever bytes.
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Without a password. The address of a URL that is none may have one anywhere in it: "".
std::string shown(const std::string& url) {
  auto base = joined_url(url, "/").public_url;
  while (base.ends_with('/')) base.pop_back();
  return base;
}

}  // namespace

UpstreamChannel::UpstreamChannel(Options options, const Clock& clock)
    : options_(std::move(options)), clock_(clock), circuit_(options_.circuit) {
  state_.target = options_.target;
  state_.url = shown(options_.url);
}

std::string UpstreamChannel::public_url(const std::string& path) const {
  return joined_url(options_.url, path).public_url;
}

UpstreamAnswer UpstreamChannel::post(const std::string& path, const Json& body,
                                     std::optional<milliseconds> timeout) {
  return make(path, {body}, timeout.value_or(options_.timeout)).front();
}

std::vector<UpstreamAnswer> UpstreamChannel::post_all(const std::string& path,
                                                      const std::vector<Json>& bodies) {
  return make(path, bodies, options_.timeout);
}

std::vector<UpstreamAnswer> UpstreamChannel::make(const std::string& path,
                                                  const std::vector<Json>& bodies,
                                                  milliseconds timeout) {
  std::vector<UpstreamAnswer> answers(bodies.size(), not_made());
  CircuitBreaker::Permit permit;
  if (!stopped_) {
    const std::lock_guard lock(mutex_);
    permit = circuit_.admit(static_cast<int>(bodies.size()), clock_.steady_now());
  }
  const auto address = joined_url(options_.url, path);
  std::vector<HttpCall> calls;
  calls.reserve(static_cast<std::size_t>(permit.calls));
  for (int i = 0; i < permit.calls; ++i) {
    calls.push_back({.url = address.url,
                     .json = dump(bodies[static_cast<std::size_t>(i)]),
                     .timeout = timeout,
                     .stopped = &stopped_});
  }
  perform_all(calls, options_.at_once, [&](std::size_t place, HttpAnswer answer) {
    answers[place] = judge(std::move(answer), options_.name, address.public_url);
    take_note(answers[place], permit);
    if (stopped_ && answers[place].status == 0) answers[place] = not_made();
  });
  return answers;
}

UpstreamAnswer UpstreamChannel::farewell(const std::string& path, const Json& body,
                                         milliseconds timeout) {
  const auto address = joined_url(options_.url, path);
  const HttpCall call{
      .url = address.url, .json = dump(body), .timeout = timeout, .stopped = nullptr};
  auto answer = judge(perform(call), options_.name, address.public_url);
  const std::lock_guard lock(mutex_);
  remember(answer);
  return answer;
}

milliseconds UpstreamChannel::closed_for() const {
  const std::lock_guard lock(mutex_);
  if (circuit_.state() == Circuit::half_open) return trial_time;
  const auto retry_at = circuit_.retry_at();
  if (!retry_at) return milliseconds(0);
  return std::max(std::chrono::ceil<milliseconds>(*retry_at - clock_.steady_now()),
                  milliseconds(0));
}

bool UpstreamChannel::is_closed() const {
  const std::lock_guard lock(mutex_);
  return circuit_.state() == Circuit::closed;
}

std::uint64_t UpstreamChannel::outages() const {
  const std::lock_guard lock(mutex_);
  return outages_;
}

UpstreamState UpstreamChannel::state() const {
  const std::lock_guard lock(mutex_);
  auto state = state_;
  state.circuit = circuit_.state();
  if (const auto retry_at = circuit_.retry_at()) {
    state.retry_at =
        clock_.now() + std::chrono::ceil<milliseconds>(*retry_at - clock_.steady_now());
  }
  return state;
}

UpstreamAnswer UpstreamChannel::not_made() const {
  UpstreamAnswer answer;
  answer.message = options_.name + " was not called.";
  return answer;
}

void UpstreamChannel::take_note(const UpstreamAnswer& answer,
                                const CircuitBreaker::Permit& permit) {
  Turn turn;
  milliseconds wait{0};
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ && answer.status == 0) {
      circuit_.abandoned(permit);
      return;
    }
    remember(answer);
    turn = settle(answer, permit);
    if (const auto retry_at = circuit_.retry_at()) {
      wait = std::chrono::ceil<milliseconds>(*retry_at - clock_.steady_now());
    }
  }
  if (turn.opened) {
    spdlog::warn("{} It is called again in {} ms; port changes for it wait in the outbox.",
                 answer.message, wait.count());
  }
  if (turn.closed) {
    spdlog::info("{} answers again", options_.name);
    if (on_back_) on_back_();
  }
}

UpstreamChannel::Turn UpstreamChannel::settle(const UpstreamAnswer& answer,
                                              const CircuitBreaker::Permit& permit) {
  if (answer.kind != UpstreamAnswer::Kind::failed) return {false, circuit_.succeeded(permit)};
  const milliseconds asked =
      std::min(answer.retry_after.value_or(std::chrono::seconds(0)), options_.longest_retry_after);
  return {circuit_.failed(permit, clock_.steady_now(), jitter_.next(), asked), false};
}

void UpstreamChannel::remember(const UpstreamAnswer& answer) {
  ++state_.calls;
  if (answer.away) ++outages_;
  if (answer.accepted()) {
    state_.last_success_at = clock_.now();
    state_.last_error.clear();
  } else {
    ++state_.failures;
    state_.last_failure_at = clock_.now();
    state_.last_error = answer.message;
  }
}

}  // namespace pm
