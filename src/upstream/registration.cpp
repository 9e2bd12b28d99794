#include "upstream/registration.h"

namespace pm {

using std::chrono::milliseconds;

Registration::Known Registration::known() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

milliseconds Registration::due_in(Time now) const {
  const std::lock_guard lock(mutex_);
  if (now >= next_) return milliseconds(0);
  return std::chrono::ceil<milliseconds>(next_ - now);
}

void Registration::accepted(Timestamp at) {
  const std::lock_guard lock(mutex_);
  known_ = {true, at};
  failures_ = 0;
}

void Registration::failed(Time now, double chance) {
  const std::lock_guard lock(mutex_);
  known_.registered = false;
  next_ = now + backoff_.equal_jitter(++failures_, chance);
}

void Registration::lost() {
  const std::lock_guard lock(mutex_);
  known_.registered = false;
  failures_ = 0;
  next_ = Time::min();
}

void Registration::hurry() {
  const std::lock_guard lock(mutex_);
  failures_ = 0;
  next_ = Time::min();
}

}  // namespace pm
