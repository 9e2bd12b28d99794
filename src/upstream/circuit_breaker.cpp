#include "upstream/circuit_breaker.h"

#include <algorithm>

namespace pm {

CircuitBreaker::Permit CircuitBreaker::admit(int wanted, Time now) {
  if (state_ == Circuit::closed) return {wanted, round_};
  if (state_ == Circuit::open && now >= retry_at_) enter(Circuit::half_open);
  if (state_ == Circuit::open || tried_ || wanted <= 0) return {0, round_};
  tried_ = true;
  return {1, round_};
}

bool CircuitBreaker::succeeded(const Permit& permit) {
  if (permit.round != round_) return false;
  failures_ = 0;
  if (state_ == Circuit::closed) return false;
  openings_ = 0;
  enter(Circuit::closed);
  return true;
}

bool CircuitBreaker::failed(const Permit& permit, Time now, double chance,
                            std::chrono::milliseconds at_least) {
  if (permit.round != round_) return false;
  const bool was_closed = state_ == Circuit::closed;
  if (was_closed && ++failures_ < options_.failures) return false;
  failures_ = 0;
  ++openings_;
  retry_at_ = now + std::max(backoff_.equal_jitter(openings_, chance), at_least);
  enter(Circuit::open);
  return was_closed;
}

void CircuitBreaker::abandoned(const Permit& permit) {
  if (permit.round == round_) tried_ = false;
}

std::optional<CircuitBreaker::Time> CircuitBreaker::retry_at() const {
  return state_ == Circuit::open ? std::optional(retry_at_) : std::nullopt;
}

void CircuitBreaker::enter(Circuit state) {
  state_ = state;
  tried_ = false;
  ++round_;
}

}  // namespace pm
